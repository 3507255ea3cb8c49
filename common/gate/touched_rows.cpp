#include "gate/touched_rows.hpp"

#include "gate/program_statement.hpp"

#include <algorithm>
#include <charconv>

namespace lastgood {

namespace {

bool counts_rows(const ProgramStatement& statement, const std::string& verb) {
    if (verb == "COPY") return statement.reads_rows;
    return verb == "INSERT" || verb == "UPDATE" || verb == "DELETE" || verb == "MERGE";
}

/// "INSERT 0 3", "UPDATE 3".
std::uint64_t last_number(const std::string& tag) {
    std::uint64_t count = 0;
    const auto blank = tag.rfind(' ');
    if (blank != std::string::npos) std::from_chars(tag.data() + blank + 1, tag.data() + tag.size(), count);
    return count;
}

}  // namespace

void RowsLedger::note(const ProgramStatement& statement, const std::string& tag) {
    using Kind = ProgramStatement::Kind;
    if (statement.kind == Kind::savepoint) m_savepoints.emplace_back(statement.name, m_rows.size());
    if (statement.kind == Kind::release) to_savepoint(statement.name, false);
    if (statement.kind == Kind::rollback_to) to_savepoint(statement.name, true);
    const std::string verb = tag.substr(0, tag.find(' '));
    if (statement.hides_rows)
        m_rows.push_back({verb, last_number(tag), statement.shown, false});
    else if (counts_rows(statement, verb))
        m_rows.push_back({verb, last_number(tag), statement.shown});
}

void RowsLedger::to_savepoint(const std::string& name, bool rolled_back) {
    const auto newest = std::find_if(m_savepoints.rbegin(), m_savepoints.rend(),
                                     [&](const auto& savepoint) { return savepoint.first == name; });
    if (newest == m_savepoints.rend()) return;
    const auto place = static_cast<std::size_t>(m_savepoints.rend() - newest) - 1;
    if (rolled_back) m_rows.resize(m_savepoints[place].second);
    // A savepoint that was returned to stays.
    m_savepoints.resize(rolled_back ? place + 1 : place);
}

void RowsLedger::begin() {
    m_begin = m_rows.size();
    m_savepoints.clear();
}

void RowsLedger::take_back() {
    m_rows.resize(m_begin);
    m_savepoints.clear();
}

void RowsLedger::keep() {
    m_savepoints.clear();
}

}  // namespace lastgood
