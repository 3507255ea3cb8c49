#include "gate/scope.hpp"

#include "gate/program_statement.hpp"
#include "outside/random.hpp"

#include <utility>

namespace lastgood {

namespace {

constexpr int k_attempts = 3;
constexpr const char* k_cancelled = "57014";
/// One that ends with its transaction; a protocol's portal is a cursor too, that of this very query among them.
constexpr const char* k_cursor =
    "SELECT pg_catalog.quote_ident(name) FROM pg_catalog.pg_cursors WHERE NOT is_holdable AND name NOT IN ('', "
    "'lastgood') LIMIT 1";

/// Whatever standard_conforming_strings says.
std::string literal(const std::string& text) {
    std::string quoted = " E'";
    for (const char c : text) {
        if (c == '\'' || c == '\\') quoted += c;
        quoted += c;
    }
    return quoted + "'";
}

}  // namespace

std::string set_statement(const std::string& setting, const std::string& value, bool is_local) {
    return "SELECT pg_catalog.set_config(" + literal(setting) + "," + literal(value) +
           (is_local ? ", true)" : ", false)");
}

GateScope::GateScope(OwnStatements& own, RowsLedger& rows, std::function<void()> cancel, const Bell& hurry)
    : m_own(own), m_rows(rows), m_cancel(std::move(cancel)), m_hurry(hurry), m_name("lg_" + random_hex(8)) {}

OwnAnswer GateScope::run(const std::vector<std::string>& statements) {
    OwnAnswer answer = m_own.run(statements);
    // A cancel request that came late can hit one of ours.
    for (int attempt = 1; attempt < k_attempts && answer.sqlstate() == k_cancelled; ++attempt)
        answer = m_own.run(statements);
    if (answer.failed()) throw StreamEnded("the transaction cannot be continued: " + answer.words());
    return answer;
}

void GateScope::open(Kind kind, bool read_only) {
    run({"SAVEPOINT " + m_name});
    if (read_only) run({"SET TRANSACTION READ ONLY"});
    m_kind = kind;
    m_failed = false;
    m_rows.begin();
}

std::string GateScope::keep() {
    // What is checked in a savepoint that is returned to stays deferred for what comes after.
    const std::string check = m_name + "_c";
    const OwnAnswer answer = m_own.run(
        {"SAVEPOINT " + check, "SET CONSTRAINTS ALL IMMEDIATE", "ROLLBACK TO " + check, "RELEASE " + m_name, k_cursor},
        &m_hurry, m_cancel);
    if (answer.failed()) {
        take_back();
        return answer.error;
    }
    close_cursors(answer.value);
    restore_settings();
    m_rows.keep();
    close();
    return "";
}

void GateScope::close_cursors(std::optional<std::string> cursor) {
    for (; cursor; cursor = run({k_cursor}).value) run({"CLOSE " + *cursor});
}

void GateScope::restore_settings() {
    const auto restore = [this](const std::string& setting, const std::string& value) {
        run({set_statement(setting, value, true)});
    };
    // First who one is: it decides what else one may set.
    for (const char* identity : {"session_authorization", "role"})
        if (const auto was = m_before_local.extract(identity); !was.empty()) restore(identity, was.mapped());
    for (const auto& [setting, value] : m_before_local) restore(setting, value);
}

void GateScope::take_back() {
    run({"ROLLBACK TO " + m_name, "RELEASE " + m_name});
    m_rows.take_back();
    close();
}

void GateScope::close() {
    m_kind = Kind::none;
    m_failed = false;
    m_before_local.clear();
}

void GateScope::fail() {
    m_own.run({"ROLLBACK TO " + m_name + "_nowhere"});
    m_failed = true;
}

void GateScope::expect(const ProgramStatement& statement) {
    using StatementKind = ProgramStatement::Kind;
    if (statement.kind == StatementKind::set && statement.name == "all") m_before_local.clear();
    if (statement.kind == StatementKind::set) m_before_local.erase(statement.name);
    if (statement.kind != StatementKind::set_local || m_failed || m_before_local.contains(statement.name)) return;
    const OwnAnswer now = run({"SELECT pg_catalog.current_setting(" + literal(statement.name) + ", true)"});
    m_before_local[statement.name] = now.value.value_or("");
}

}  // namespace lastgood
