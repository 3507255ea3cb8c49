#include "check/check_kinds.hpp"
#include "core/quantity.hpp"
#include "database/row_judgement.hpp"

#include <algorithm>

namespace lastgood {

namespace {

/// What became of one table: "" as it was.
struct Finding {
    Verdict verdict = Verdict::passed;
    std::string sentence;
};

std::string say_columns(const std::vector<ColumnFacts>& then, const std::vector<ColumnFacts>& now) {
    std::string text;
    const auto find = [](const std::vector<ColumnFacts>& columns, const std::string& name) {
        return std::find_if(columns.begin(), columns.end(), [&](const auto& each) { return each.name == name; });
    };
    const auto add = [&](const std::string& words) { text += (text.empty() ? "" : ", ") + words; };
    for (const auto& column : then) {
        const auto same = find(now, column.name);
        if (same == now.end()) {
            add(column.name + " is gone");
        } else if (same->type != column.type) {
            add(column.name + " was " + column.type + ", is " + same->type);
        }
    }
    for (const auto& column : now)
        if (find(then, column.name) == then.end()) add(column.name + " was added");
    return text;
}

class Comparison {
  public:
    Comparison(const CheckSettings& settings, const CheckContext& context)
        : m_context(context), m_captured(*context.captured), m_session(reading_session(settings, context)) {}

    Finding compare(const TableFacts& then, const TableFacts* now) {
        const std::string name = then.qualified();
        if (then.digest.empty()) return {Verdict::unknown, name + ": the restore point has no digest of it"};
        if (now == nullptr) return {Verdict::failed, name + ": the table of the restore point is gone"};
        if (now->qualified() != name) return {Verdict::failed, name + ": is called " + now->qualified() + " now"};
        const std::string columns = say_columns(then.columns, now->columns);
        if (!columns.empty()) return {Verdict::failed, name + ": other columns: " + columns};
        if (m_captured.digest(*now) == then.digest) return {};
        return judge_contents(then, *now);
    }

  private:
    Finding judge_contents(const TableFacts& then, const TableFacts& now) {
        const std::string sentence = then.qualified() + ": other contents (" + say_count(now.rows, "row") + ", " +
                                     std::to_string(then.rows) + " at the restore point)";
        const std::uint64_t own = rows_of_the_migration(now);
        if (own > 0)
            return {Verdict::failed, sentence + ", " + say_count(own, "row") + " written by the migration itself"};
        if (!m_context.writes_open && untouched_until_migrate(then)) return {Verdict::failed, sentence};
        return {Verdict::unknown, sentence + ", which live traffic could explain"};
    }

    std::uint64_t rows_of_the_migration(const TableFacts& now) {
        if (m_captured.question.own_transactions.empty()) return 0;
        Transaction transaction(m_session, "BEGIN READ ONLY");
        m_session.execute("set local row_security = off");
        const NewerRows newer = count_newer_rows(
            m_session, m_session.quote_name(now.schema) + "." + m_session.quote_name(now.name), m_captured.question);
        return newer.own + newer.own_before;
    }

    /// Nobody had inserted, updated or deleted a row between the restore point and the beginning of migrate.
    bool untouched_until_migrate(const TableFacts& then) const {
        if (!m_context.before) return false;
        const auto& rows = m_context.before->rows;
        const auto seen = std::find_if(rows.begin(), rows.end(), [&](const auto& row) { return row.oid == then.oid; });
        return seen != rows.end() && seen->newer == 0 && seen->perhaps_newer == 0 && seen->rows == then.rows;
    }

    const CheckContext& m_context;
    const Captured& m_captured;
    Session m_session;
};

/// Tables of the restore point that the pipeline names; Failure of what is said where a name means none.
std::vector<const TableFacts*> named_tables(const UnchangedCheck& check, const std::vector<TableFacts>& tables) {
    std::vector<const TableFacts*> named;
    for (const auto& written : check.tables) {
        const std::size_t before = named.size();
        for (const auto& table : tables)
            if (means(written, table.qualified())) named.push_back(&table);
        if (named.size() == before)
            throw std::runtime_error("the restore point has no table \"" + written +
                                     "\"; of a partitioned table its partitions are named");
    }
    return named;
}

std::vector<std::uint32_t> oids_of(const std::vector<const TableFacts*>& tables) {
    std::vector<std::uint32_t> oids;
    for (const auto* table : tables) oids.push_back(table->oid);
    return oids;
}

}  // namespace

CheckResult check_unchanged(const CheckSettings& settings, const CheckContext& context) {
    if (!context.captured) return could_not_tell("the restore point of this run is not known");
    if (!context.captured->trouble.empty()) return could_not_tell(context.captured->trouble);
    const auto then = named_tables(std::get<UnchangedCheck>(settings.what), context.captured->question.then);
    const auto now = read_digests(reading_order(settings, context), oids_of(then));
    Comparison comparison(settings, context);
    Differences changed;
    Differences unclear;
    for (const auto* table : then) {
        const auto same =
            std::find_if(now.begin(), now.end(), [&](const auto& each) { return each.oid == table->oid; });
        const Finding finding = comparison.compare(*table, same == now.end() ? nullptr : &*same);
        if (finding.verdict == Verdict::failed) changed.add(finding.sentence);
        if (finding.verdict == Verdict::unknown) unclear.add(finding.sentence);
    }
    const std::string tables = say_count(then.size(), "table");
    Evidence evidence{.expected = "contents of " + tables + " as in " + context.captured->restore_point};
    evidence.found = std::to_string(changed.count() + unclear.count()) + " of " + tables + " different";
    if (!changed.none() || unclear.none())
        return judged(changed, tables + " as in restore point " + context.captured->restore_point, evidence);
    evidence.differences = unclear.first();
    return could_not_tell(unclear.say(), evidence);
}

}  // namespace lastgood
