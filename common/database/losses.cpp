#include "database/losses.hpp"

#include "core/failure.hpp"
#include "database/row_judgement.hpp"
#include "database/session.hpp"

#include <algorithm>
#include <map>

namespace lastgood {
namespace {

struct LiveTable {
    std::string schema;
    std::string name;
    std::uint32_t filenode;
    std::string qualified() const { return schema + "." + name; }
};

std::map<std::uint32_t, LiveTable> live_tables(Session& session) {
    std::map<std::uint32_t, LiveTable> tables;
    for (const auto& row :
         session.query("SELECT c.oid, n.nspname, c.relname, coalesce(pg_catalog.pg_relation_filenode(c.oid), 0)"
                       " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
                       " WHERE c.relkind = 'r' AND c.relpersistence <> 't'"
                       " AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')")) {
        tables.emplace(
            static_cast<std::uint32_t>(std::stoul(row[0].value())),
            LiveTable{row[1].value(), row[2].value(), static_cast<std::uint32_t>(std::stoul(row[3].value()))});
    }
    return tables;
}

NewerRows count_newer(Session& session, const std::string& role, const LiveTable& table, const LossQuestion& question) {
    try {
        return count_newer_rows(session, session.quote_name(table.schema) + "." + session.quote_name(table.name),
                                question);
    } catch (const DatabaseError& error) {
        if (error.sqlstate() != "42501") throw;
        throw Failure(ExitCode::failed_clean, "what would be lost cannot be counted: " + error.primary(), "nothing",
                      "GRANT SELECT ON " + session.quote_name(table.schema) + "." + session.quote_name(table.name) +
                          " TO " + session.quote_name(role) +
                          ";   (with row level security: BYPASSRLS), then start again");
    }
}

/// Which of them were of transactions open at the snapshot is not known, so that they limit nothing.
void add_perhaps(TableLoss& loss, const NewerRows& newer, const RowCount* before) {
    const std::uint64_t perhaps = std::max(newer.perhaps, before == nullptr ? 0 : before->perhaps_newer);
    if (perhaps == 0) return;
    loss.possible += perhaps;
    if (!loss.note.empty()) loss.note += "; ";
    loss.note += std::to_string(perhaps) + " may be of transactions that were open at the restore point";
}

/// The table's file is another: its rows carry the id of whoever rewrote it, except those that came later.
TableLoss judge_rewritten(const NewerRows& newer, const RowCount* before, const LossQuestion& question) {
    TableLoss loss;
    loss.certain = (before != nullptr ? before->newer : newer.before) + newer.after;
    std::uint64_t inside = newer.own + newer.between;
    (question.own_transactions.empty() ? inside : loss.certain) += newer.inside;
    loss.possible = question.writes_open ? inside : 0;
    loss.upper_bound = true;
    loss.note = "rewritten since the restore point";
    add_perhaps(loss, newer, before);
    return loss;
}

/// What the count at migrate's start saw and the table does not show any more was changed or deleted since: by the
/// migration, as far as anybody knows.
TableLoss judge_untouched(const NewerRows& newer, const RowCount* before, const LossQuestion& question) {
    TableLoss loss;
    std::uint64_t since_begin = newer.before;
    const std::uint64_t seen = before == nullptr ? 0 : before->newer - std::min(before->newer, newer.own_before);
    if (seen > since_begin) {
        since_begin = seen;
        loss.upper_bound = true;
        loss.note = "rows that others had written were changed or deleted since migrate began";
    }
    loss.certain = since_begin + newer.after;
    if (!question.own_transactions.empty()) loss.certain += newer.inside;
    if (question.writes_open) {
        loss.possible = newer.between + (question.own_transactions.empty() ? newer.inside : 0);
    }
    add_perhaps(loss, newer, before);
    return loss;
}

TableLoss judge_unknown_window(const NewerRows& newer, bool rewritten) {
    TableLoss loss;
    loss.possible = newer.before + newer.own_before + newer.own + newer.between + newer.inside + newer.after;
    loss.upper_bound = rewritten;
    if (rewritten) loss.note = "rewritten since the restore point";
    add_perhaps(loss, newer, nullptr);
    return loss;
}

/// Nothing is left to read; what the count at migrate's start knew is gone for certain.
TableLoss judge_gone(const RowCount* before, const LossQuestion& question) {
    TableLoss loss;
    (question.window_known ? loss.certain : loss.possible) = before == nullptr ? 0 : before->newer;
    loss.upper_bound = true;
    loss.note = "dropped since the restore point";
    if (question.writes_open) loss.note += "; what others wrote to it after migrate began is not known";
    add_perhaps(loss, {}, before);
    return loss;
}

class Losses {
  public:
    Losses(Session& session, const LossQuestion& question)
        : m_session(session), m_question(question), m_role(session.value("SELECT current_user").value_or("")) {
        for (const auto& table : question.then) m_then.emplace(table.oid, &table);
        for (const auto& count : question.before_migrate) m_before.emplace(count.oid, &count);
    }

    LossReport report() {
        const auto tables = live_tables(m_session);
        for (const auto& [oid, table] : tables) judge_live(oid, table);
        for (const auto& [oid, table] : m_then) {
            if (!tables.contains(oid)) add(table->qualified(), judge_gone(before(oid), m_question), true);
        }
        for (const auto& [oid, count] : m_before) {
            if (!tables.contains(oid) && !m_then.contains(oid)) add(count->table, judge_gone(count, m_question), true);
        }
        std::sort(m_report.tables.begin(), m_report.tables.end(),
                  [](const TableLoss& a, const TableLoss& b) { return a.table < b.table; });
        return std::move(m_report);
    }

  private:
    const RowCount* before(std::uint32_t oid) const {
        const auto found = m_before.find(oid);
        return found == m_before.end() ? nullptr : found->second;
    }

    void judge_live(std::uint32_t oid, const LiveTable& table) {
        const auto then = m_then.find(oid);
        const bool rewritten = then != m_then.end() && then->second->filenode != table.filenode;
        const NewerRows newer = count_newer(m_session, m_role, table, m_question);
        if (!m_question.window_known) {
            add(table.qualified(), judge_unknown_window(newer, rewritten), false);
        } else if (rewritten) {
            add(table.qualified(), judge_rewritten(newer, before(oid), m_question), false);
        } else {
            add(table.qualified(), judge_untouched(newer, before(oid), m_question), false);
        }
    }

    void add(const std::string& table, TableLoss loss, bool gone) {
        const bool says_something = loss.certain > 0 || loss.possible > 0 || (gone && m_question.writes_open);
        if (!says_something) return;
        loss.table = table;
        m_report.tables.push_back(std::move(loss));
    }

    Session& m_session;
    const LossQuestion& m_question;
    const std::string m_role;
    std::map<std::uint32_t, const TableFacts*> m_then;
    std::map<std::uint32_t, const RowCount*> m_before;
    LossReport m_report;
};

}  // namespace

LossReport count_losses(Session& session, const LossQuestion& question) {
    Transaction one_view(session, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    session.execute("SET LOCAL row_security = off");
    return Losses(session, question).report();
}

}  // namespace lastgood
