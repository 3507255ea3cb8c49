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

/// The first id not yet given out: behind that of a subtransaction begun now. pg_snapshot_xmax() would not do, it is
/// the first not yet ended, and subtransactions of ours are above it. xmin has 32 bits, so it is counted from `first`,
/// which has 64.
std::string next_after(Session& session, const MigrationFile& file, const std::string& first) {
    session.execute("savepoint lastgood_next");
    const auto next = session.value(
        "update public.lastgood_migrations set reached = reached where name = $1 returning "
        "($2::bigint + (xmin::text::bigint - $2::bigint % 4294967296 + 4294967296) % 4294967296 + 1)::text",
        {file.name, first});
    session.execute("release savepoint lastgood_next");
    return next.value();
}

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

std::string open_transaction(Session& session) {
    session.execute("set local client_min_messages = warning");  // "already exists, skipping"
    session.execute(k_create);
    session.execute("reset client_min_messages");
    return session.value("select pg_catalog.pg_current_xact_id()::text").value();
}

void note_done(Session& session, const MigrationFile& file, const std::string& first, int statements) {
    session.query(
        "insert into public.lastgood_migrations (name, sha256, state, reached, statements) "
        "values ($1, $2, 'done', $3::int, $3::int)",
        {file.name, file.sha256, std::to_string(statements)});
    note_transaction(session, file, first);
}

void note_started(Session& session, const MigrationFile& file, int statements) {
    session.query(
        "insert into public.lastgood_migrations (name, sha256, state, statements) values ($1, $2, 'started', $3::int)",
        {file.name, file.sha256, std::to_string(statements)});
}

void note_reached(Session& session, const MigrationFile& file, int number) {
    session.query("update public.lastgood_migrations set reached = $2::int where name = $1",
                  {file.name, std::to_string(number)});
}

void note_transaction(Session& session, const MigrationFile& file, const std::string& first) {
    session.query(
        "update public.lastgood_migrations set transaction_first = ltrim(transaction_first || ' ' || $2), "
        "transaction_next = ltrim(transaction_next || ' ' || $3) where name = $1",
        {file.name, first, next_after(session, file, first)});
}

void note_ended(Session& session, const MigrationFile& file) {
    session.query(
        "update public.lastgood_migrations set state = 'done', applied_at = pg_catalog.clock_timestamp() where name = "
        "$1",
        {file.name});
}

}  // namespace sql_ledger

}  // namespace lastgood
