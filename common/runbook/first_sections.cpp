#include "database/fence_state.hpp"
#include "database/session.hpp"
#include "runbook/sections.hpp"
#include "runbook/shell_text.hpp"

namespace lastgood {

namespace {

std::string say_password(const RunbookServer& server, const std::string& variable) {
    return (server.password_in.empty()
                ? "The password is nowhere in this file"
                : "The password is the one in " + server.password_in + ", and nowhere in this file") +
           ": put it into `" + variable + "`, or into a file that `PGPASSFILE` names.";
}

/// In front of psql, where the fence is another role's to lift. Nothing set, the passwords of PGPASSFILE count.
std::string as_role(const RunbookServer& server) {
    return assignments(server.variables) + " PGPASSWORD=\"${ADMIN_PASSWORD:-${PGPASSWORD:-}}\" ";
}

}  // namespace

RunbookSection first_section(const RunbookFacts& facts) {
    std::string words =
        "In every shell that you use, in bash: where the server is, and a directory for what is read on "
        "the way. " +
        say_password(facts.server, "PGPASSWORD");
    if (facts.server_version > 0)
        words += " psql and pg_restore are those of PostgreSQL " + std::to_string(facts.server_version) + ".";
    if (facts.encrypted)
        words += " `LASTGOOD_AGE_IDENTITY_FILE` names the file of the age identity, which opens the restore point.";
    std::string commands;
    for (const auto& [name, value] : facts.server.variables)
        commands += "export " + name + "=" + shell_word(value) + "\n";
    commands += "export work=$(mktemp -d)";
    if (!facts.point_directory.empty())
        commands += "\nexport point=" + shell_word(facts.point_directory);
    else if (!facts.point_fetch.empty())
        commands += "\nexport point=\"$work\"/point";  // nobody else may look into $work
    const std::string ours = "pg_catalog.starts_with(application_name, " + quoted_literal(facts.work_prefix) +
                             ") AND application_name !~ '/watchdog$' AND pid <> pg_catalog.pg_backend_pid()";
    return {
        "First",
        {{"", {{words, commands}}},
         {"If a program of lastgood was killed",
          {{"What it began on the server may go on. Look, and only if no lastgood program is alive any more, end it.",
            psql(facts.maintenance,
                 {"SELECT pid, application_name, state, query FROM pg_catalog.pg_stat_activity WHERE " + ours,
                  "SELECT pid, pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE " +
                      ours})}}}}};
}

RunbookSection no_connections_section(const RunbookFacts& facts) {
    const std::string alter = "ALTER DATABASE " + quoted_name(facts.live);
    RunbookSection section{"The database takes no connections", {}};
    if (facts.may_be_closed) {
        std::vector<std::string> statements{alter + " ALLOW_CONNECTIONS true"};
        if (facts.live_connection_limit)
            statements.push_back(alter + " CONNECTION LIMIT " + std::to_string(*facts.live_connection_limit));
        section.parts.push_back({"",
                                 {{"A return that was ended half-way leaves it closed, to superusers too. It is "
                                   "opened from " +
                                       facts.maintenance + ".",
                                   psql(facts.maintenance, statements)}}});
    }
    if (facts.fence) {
        const auto statements = lifting_statements(facts.fence->fence);
        std::string words = facts.fence->fence.kind == "closed"
                                ? "The application's roles may not log in: the run keeps them out until its verdict. A "
                                  "session on the server lets them in again by itself 15 s after the run's death."
                                : "The database is read only by default until the run's verdict.";
        if (facts.fence->as) words += " " + say_password(*facts.fence->as, "ADMIN_PASSWORD");
        if (!statements.empty())
            section.parts.push_back(
                {"The application is kept out, or may only read",
                 {{words, (facts.fence->as ? as_role(*facts.fence->as) : "") + psql(facts.maintenance, statements)}}});
    }
    if (!facts.let_in.empty()) section.parts.push_back({"The application is stopped", facts.let_in});
    if (section.parts.empty()) section.parts.push_back({"", {{"Nothing of lastgood keeps anybody out of it.", ""}}});
    return section;
}

RunbookSection places_section(const RunbookFacts& facts) {
    RunbookPart part;
    for (const auto& place : facts.places) part.blocks.push_back({"* " + place, ""});
    part.blocks.push_back(
        {"The databases beside the live one, and what they are.",
         psql(facts.maintenance, {"SELECT datname, datallowconn, pg_catalog.shobj_description(oid, 'pg_database') FROM "
                                  "pg_catalog.pg_database WHERE NOT datistemplate ORDER BY 1"})});
    return {"Where everything is", {part}};
}

}  // namespace lastgood
