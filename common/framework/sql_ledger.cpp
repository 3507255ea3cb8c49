#include "framework/sql_ledger.hpp"

#include "database/session.hpp"

#include <sstream>

namespace lastgood {

namespace {

constexpr const char* k_create = R"(
create table if not exists public.lastgood_migrations (
    name text primary key,
    sha256 text not null,
    state text not null check (state in ('done', 'started')),
    reached integer not null default 0,
    statements integer not null,
    transaction_first text not null default '',
    transaction_next text not null default '',
    applied_at timestamptz not null default pg_catalog.clock_timestamp()))";

std::vector<std::string> split_words(const std::string& text) {
    std::istringstream stream(text);
    std::vector<std::string> words;
    for (std::string word; stream >> word;) words.push_back(word);
    return words;
}

std::vector<OwnTransaction> transactions_of(const std::string& firsts, const std::string& nexts) {
    const auto first = split_words(firsts);
    const auto next = split_words(nexts);
    std::vector<OwnTransaction> transactions;
    for (std::size_t i = 0; i < first.size() && i < next.size(); ++i) transactions.push_back({first[i], next[i]});
    return transactions;
}

constexpr const char* k_first = "pg_catalog.pg_current_xact_id()::text";

/// Sets k_next to the first id not yet given out: behind that of a subtransaction begun now. pg_snapshot_xmax() would
/// not do, it is the first not yet ended, and subtransactions of ours are above it. xmin has 32 bits, so it is counted
/// from the transaction's own id, which has 64. It goes through a setting, as the same row is to hold it.
std::string note_next_sql(const std::string& name) {
    return "savepoint lastgood_next; with own as (update public.lastgood_migrations set reached = reached where name "
           "= " +
           name + " returning xmin::text::bigint as low, " + k_first +
           "::bigint as first) select pg_catalog.set_config('lastgood.next', "
           "(first + (low - first % 4294967296 + 4294967296) % 4294967296 + 1)::text, true) from own; "
           "release savepoint lastgood_next; ";
}

constexpr const char* k_next = "pg_catalog.current_setting('lastgood.next')";

}  // namespace

namespace sql_ledger {

std::vector<LedgerRow> read(Session& session) {
    std::vector<LedgerRow> rows;
    if (!session.value("select pg_catalog.to_regclass('public.lastgood_migrations')::text")) return rows;
    for (const auto& row :
         session.query("select name, sha256, state, reached, statements, transaction_first, transaction_next "
                       "from public.lastgood_migrations order by name collate \"C\"")) {
        rows.push_back({*row[0], *row[1], *row[2] == "done", std::stoi(*row[3]), std::stoi(*row[4]),
                        transactions_of(*row[5], *row[6])});
    }
    return rows;
}

std::string begin_sql(bool table_exists) {
    if (table_exists) return "begin";
    return std::string("begin; set local client_min_messages = warning; ") +  // "already exists, skipping"
           k_create + "; reset client_min_messages";
}

std::string done_sql(const Session& session, const MigrationFile& file, int statements) {
    const std::string name = session.quote_literal(file.name);
    const std::string count = std::to_string(statements);
    return "insert into public.lastgood_migrations (name, sha256, state, reached, statements, transaction_first) "
           "values (" +
           name + ", " + session.quote_literal(file.up.sha256) + ", 'done', " + count + ", " + count + ", " + k_first +
           "); " + note_next_sql(name) + "update public.lastgood_migrations set transaction_next = " + k_next +
           " where name = " + name + " returning transaction_first, transaction_next";
}

void note_started(Session& session, const MigrationFile& file, int statements) {
    session.query(
        "insert into public.lastgood_migrations (name, sha256, state, statements) values ($1, $2, 'started', $3::int)",
        {file.name, file.up.sha256, std::to_string(statements)});
}

void note_reached(Session& session, const MigrationFile& file, int number) {
    session.query("update public.lastgood_migrations set reached = $2::int where name = $1",
                  {file.name, std::to_string(number)});
}

void note_transaction(Session& session, const MigrationFile& file, int number) {
    const std::string name = session.quote_literal(file.name);
    session.execute(note_next_sql(name) +
                    "update public.lastgood_migrations set transaction_first = ltrim(transaction_first || ' ' || " +
                    k_first + "), transaction_next = ltrim(transaction_next || ' ' || " + k_next +
                    "), reached = " + std::to_string(number) + " where name = " + name);
}

void note_ended(Session& session, const MigrationFile& file) {
    session.query(
        "update public.lastgood_migrations set state = 'done', reached = statements, applied_at = "
        "pg_catalog.clock_timestamp() where name = "
        "$1",
        {file.name});
}

void forget(Session& session, const MigrationFile& file) {
    session.query("delete from public.lastgood_migrations where name = $1", {file.name});
}

}  // namespace sql_ledger

}  // namespace lastgood
