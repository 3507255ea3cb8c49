#include "runbook/swap_blocks.hpp"

#include "database/session.hpp"
#include "runbook/shell_text.hpp"

namespace lastgood {

namespace {

/// The database is closed meanwhile: who waits for somebody's lock gives up, and opens it.
constexpr const char* k_bounds = "PGOPTIONS=\"${PGOPTIONS:-} -c lock_timeout=5s -c statement_timeout=10s\" ";

/// The server itself knows what the mark wants beside: who took the place, the moment, and who had committed by then.
std::string mark_statement(const std::string& database, const std::string& successor, const std::string& mark) {
    return "DO $mark$ BEGIN EXECUTE pg_catalog.format('COMMENT ON DATABASE %I IS %L', " + quoted_literal(database) +
           ", (SELECT replace(replace(replace(" + quoted_literal(mark) +
           R"(, '"successor":"0"', '"successor":"' || oid || '"'), ')" + k_mark_snapshot +
           "', pg_catalog.pg_current_snapshot()::text), '" + k_mark_time +
           "', pg_catalog.to_char(pg_catalog.clock_timestamp() AT TIME ZONE 'UTC', "
           "'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')) FROM pg_catalog.pg_database WHERE datname = " +
           quoted_literal(successor) + ")); END $mark$";
}

std::string alter(const std::string& database) {
    return "ALTER DATABASE " + quoted_name(database);
}

/// All in one transaction: whatever ends it, both are what they were.
std::vector<std::string> exchange(const RunbookFacts& facts, const TakingOver& order) {
    const RunbookSwap& swap = *facts.swap;
    const std::string limit = " CONNECTION LIMIT " + std::to_string(swap.connection_limit);
    const bool renames = order.point_at.empty();
    const std::string aside = renames ? order.aside : facts.live;
    const std::string live = renames ? facts.live : order.standby;
    std::vector<std::string> statements;
    if (renames) {
        statements.push_back(alter(facts.live) + " RENAME TO " + quoted_name(order.aside));
        statements.push_back(alter(order.standby) + " RENAME TO " + quoted_name(facts.live));
    }
    statements.push_back(alter(live) + " ALLOW_CONNECTIONS true");
    statements.push_back(alter(live) + limit);
    statements.push_back("COMMENT ON DATABASE " + quoted_name(live) + " IS " +
                         (swap.comment ? quoted_literal(*swap.comment) : "NULL"));
    statements.push_back(mark_statement(aside, live, order.mark));
    statements.push_back(alter(aside) + " CONNECTION LIMIT 0");
    return statements;
}

}  // namespace

std::string ending_statement(const std::vector<std::string>& databases) {
    std::string names;
    for (const auto& name : databases) names += (names.empty() ? "" : ", ") + quoted_literal(name);
    return "DO $end$ DECLARE one int; BEGIN FOR one IN SELECT pid FROM pg_catalog.pg_stat_activity WHERE datname IN (" +
           names +
           ") AND pid <> pg_catalog.pg_backend_pid() AND backend_type NOT IN ('autovacuum worker', 'parallel worker') "
           "LOOP BEGIN PERFORM pg_catalog.pg_terminate_backend(one); EXCEPTION WHEN insufficient_privilege THEN RAISE "
           "WARNING 'pid % may not be ended by us', one; END; END LOOP; END $end$";
}

std::string read_sequences_command(const std::string& from, std::uint64_t margin) {
    const std::string step = " + " + std::to_string(margin) + " * increment_by)";
    const std::string statement =
        "SELECT pg_catalog.format($move$SELECT pg_catalog.setval(pg_catalog.format('%%I.%%I', schemaname, "
        "sequencename)::pg_catalog.regclass, CASE WHEN increment_by > 0 THEN least(max_value, "
        "greatest(coalesce(last_value, start_value), %1$s)::numeric" +
        step + " ELSE greatest(min_value, least(coalesce(last_value, start_value), %1$s)::numeric" + step +
        " END::bigint) FROM pg_catalog.pg_sequences WHERE (schemaname, sequencename) = (%2$L, %3$L);$move$, "
        "last_value, schemaname, sequencename) FROM pg_catalog.pg_sequences WHERE last_value IS NOT NULL";
    return "psql -X -q -A -t -v ON_ERROR_STOP=1 -d " + database_word(from) + " -c " + shell_word(statement) +
           " > \"$work/sequences.sql\"";
}

std::string move_sequences_command(const std::string& to) {
    return "psql -X -q -v ON_ERROR_STOP=1 -d " + database_word(to) +
           " -f \"$work/sequences.sql\" > \"$work/sequences.out\"";
}

std::vector<RunbookBlock> swap_blocks(const RunbookFacts& facts, const TakingOver& order) {
    const std::string& maintenance = facts.maintenance;
    const std::string aside = order.point_at.empty() ? order.aside : facts.live;
    std::vector<RunbookBlock> blocks;
    blocks.push_back(
        {"Let " + order.standby + " take connections, and move its sequences beyond the numbers that were issued.",
         one_by_one({without_timeouts(facts.server_version),
                     psql(maintenance, {alter(order.standby) + " ALLOW_CONNECTIONS true",
                                        alter(order.standby) + " CONNECTION LIMIT -1"}),
                     read_sequences_command(facts.live, facts.swap->sequence_margin),
                     move_sequences_command(order.standby)})});
    const std::string open = psql(maintenance, {alter(facts.live) + " ALLOW_CONNECTIONS true"});
    // In a subshell, so that a shell that stops at what fails stops here too.
    std::string commands = "(\n" + psql(maintenance, {alter(facts.live) + " ALLOW_CONNECTIONS false"}) + " &&\n" +
                           psql(maintenance, {ending_statement({facts.live, order.standby})}) + " &&\n" + k_bounds +
                           psql(maintenance, exchange(facts, order), true) + " ||\n{ " + open +
                           "; echo 'it was not done, and the database is open as it was' >&2; false; } &&\n" +
                           psql(maintenance, {alter(aside) + " ALLOW_CONNECTIONS true"}) + "\n)";
    blocks.push_back(
        {order.point_at.empty()
             ? "Swap. No connection is possible for as long as this takes, some milliseconds. It waits at most 5 s for "
               "sessions and locks; if it does not succeed it opens the database as it was, and may be typed again."
             : "Close " + facts.live + " and open " + order.standby +
                   ". If it does not succeed it opens the database as it was, and may be typed again.",
         commands});
    if (!order.point_at.empty()) blocks.push_back({"Tell the application which database it has now.", order.point_at});
    return blocks;
}

}  // namespace lastgood
