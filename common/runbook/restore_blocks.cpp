#include "runbook/restore_blocks.hpp"

#include "database/creation_statement.hpp"
#include "database/properties.hpp"
#include "database/session.hpp"
#include "runbook/shell_text.hpp"

#include <algorithm>

namespace lastgood {

namespace {

/// Of more tables the largest are compared: a person reads this.
constexpr std::size_t k_compared = 500;
constexpr const char* k_suffix = ".age";
constexpr const char* k_decrypt = "age -d -i \"$LASTGOOD_AGE_IDENTITY_FILE\" ";

bool has(const RunbookObjects& objects, const std::string& name) {
    const std::string key = objects.encrypted ? name + k_suffix : name;
    return std::find(objects.keys.begin(), objects.keys.end(), key) != objects.keys.end();
}

bool has_rows(const RunbookObjects& objects) {
    const std::string end = std::string(".sql.zst") + (objects.encrypted ? k_suffix : "");
    return std::any_of(objects.keys.begin(), objects.keys.end(),
                       [&](const auto& key) { return key.starts_with("data/") && key.ends_with(end); });
}

/// A role that is no superuser may not comment on an extension; a subscription would go on drinking from its publisher.
std::string listed(const std::string& archive) {
    return "pg_restore -l " + archive +
           " | { grep -v ' SUBSCRIPTION \\| COMMENT - EXTENSION \\| USER MAPPING ' || true; } > \"$work/list\"";
}

std::string restored(const std::string& archive, const std::string& database, const std::string& more) {
    return "pg_restore --exit-on-error -L \"$work/list\" " + more + " -d " + database + " " + archive;
}

/// Objects as files, where they can be read: $plain. Names of objects are plain words.
std::string plain(const RunbookObjects& objects) {
    return objects.encrypted ? "\"$work\"" : "\"$point\"";
}

std::vector<std::string> decrypting(const RunbookObjects& objects) {
    if (!objects.encrypted) return {};
    if (objects.engine == "pg_dump")
        return {"mkdir -p \"$work/dump\"", std::string("for f in \"$point\"/dump/*.age; do ") + k_decrypt +
                                               "\"$f\" > \"$work/dump/$(basename \"$f\" .age)\"; done"};
    std::vector<std::string> commands;
    for (const char* name : {"schema.dump", "large-objects.dump", "sequences.sql"})
        if (has(objects, name))
            commands.push_back(k_decrypt + ("\"$point\"/" + std::string(name)) + k_suffix + " > \"$work\"/" + name);
    return commands;
}

std::vector<std::string> restoring_snapshot(const RunbookObjects& objects, const std::string& database) {
    const std::string at = plain(objects);
    std::vector<std::string> commands = decrypting(objects);
    commands.push_back(listed(at + "/schema.dump"));
    commands.push_back(restored(at + "/schema.dump", database, "--section=pre-data"));
    const std::string rows = " | zstd -dcq | psql -X -q -v ON_ERROR_STOP=1 -d " + database;
    if (has_rows(objects))
        commands.push_back(objects.encrypted ? std::string("for f in \"$point\"/data/*.sql.zst.age; do ") + k_decrypt +
                                                   "\"$f\"; done" + rows
                                             : "cat \"$point\"/data/*.sql.zst" + rows);
    if (has(objects, "large-objects.dump"))
        commands.push_back("pg_restore --exit-on-error --section=data -d " + database + " " + at +
                           "/large-objects.dump");
    commands.push_back(restored(at + "/schema.dump", database, "--section=post-data -j 2"));
    if (has(objects, "sequences.sql"))
        commands.push_back("psql -X -q -v ON_ERROR_STOP=1 -d " + database + " -f " + at + "/sequences.sql > /dev/null");
    return commands;
}

std::vector<std::string> restoring_dump(const RunbookObjects& objects, const std::string& database) {
    const std::string dump = plain(objects) + "/dump";
    std::vector<std::string> commands = decrypting(objects);
    commands.push_back(listed(dump));
    commands.push_back(restored(dump, database, "-j 2"));
    return commands;
}

std::string creation(const RunbookFacts& facts) {
    const RunbookObjects& objects = *facts.swap->objects;
    const DatabaseProperties& wanted = objects.properties;
    std::string create = creation_statement(facts.swap->by_hand, wanted) + " OWNER " + quoted_name(wanted.owner);
    if (!wanted.tablespace.empty() && wanted.tablespace != "pg_default")
        create += " TABLESPACE " + quoted_name(wanted.tablespace);
    DatabaseProperties fresh;
    fresh.owner = wanted.owner;
    std::vector<std::string> statements{create};
    for (auto& statement : statements_for_properties(facts.swap->by_hand, fresh, wanted))
        statements.push_back(std::move(statement));
    return one_by_one({without_timeouts(facts.server_version), psql(facts.maintenance, statements)});
}

/// Prints the tables whose number of rows is another, and fails if there are any.
std::string comparison(const RunbookFacts& facts, const std::vector<TableFacts>& tables, const std::string& database) {
    std::string query = "SELECT * FROM (";
    bool first = true;
    for (const TableFacts& table : tables) {
        query += std::string(first ? "\n" : " UNION ALL\n") + "SELECT " + quoted_literal(table.qualified()) +
                 (first ? " AS is_in, " : ", ") + std::to_string(table.rows) + (first ? " AS expected, " : ", ") +
                 "count(*)" + (first ? " AS found" : "") + " FROM ONLY " + quoted_name(table.schema) + "." +
                 quoted_name(table.name);
        first = false;
    }
    query += ") AS tables WHERE expected <> found";
    return "(\nset -e\n" + without_timeouts(facts.server_version) +
           "\ndifferences=$(psql -X -q -A -t -v ON_ERROR_STOP=1 -d " + database + " -c " + shell_word(query) +
           ")\nif [ -n \"$differences\" ]; then echo \"$differences\"; false; fi\n)";
}

std::vector<TableFacts> compared(const RunbookObjects& objects) {
    std::vector<TableFacts> tables = objects.tables;
    if (tables.size() <= k_compared) return tables;
    std::stable_sort(tables.begin(), tables.end(), [](const auto& a, const auto& b) { return a.rows > b.rows; });
    tables.resize(k_compared);
    return tables;
}

}  // namespace

RunbookBlock fetch_block(const RunbookFacts& facts) {
    std::vector<std::string> commands;
    if (!facts.point_fetch.empty()) commands.push_back(facts.point_fetch);
    commands.emplace_back("cd \"$point\"");
    commands.emplace_back("sha256sum --check manifest.sha256");
    const RunbookObjects& objects = *facts.swap->objects;
    std::string lines;
    for (std::size_t i = 0; i < std::min(objects.keys.size(), objects.digests.size()); ++i)
        lines += " \\\n  " + shell_word(objects.digests[i] + "  " + objects.keys[i]);
    if (!lines.empty()) commands.push_back("printf '%s\\n'" + lines + " | sha256sum --check --quiet");
    return {"The restore point, and whether its manifest and its objects are as they were written." +
                std::string(facts.encrypted ? " Who signed it: common/backup/README.md of lastgood." : ""),
            one_by_one(commands)};
}

std::vector<RunbookBlock> restore_blocks(const RunbookFacts& facts) {
    const RunbookObjects& objects = *facts.swap->objects;
    const std::string name = facts.swap->by_hand;
    const std::string database = database_word(name);
    std::vector<RunbookBlock> blocks{fetch_block(facts)};
    blocks.push_back({"A new database beside the live one. If an earlier try left it there: " +
                          psql(facts.maintenance, {"DROP DATABASE " + quoted_name(name)}),
                      creation(facts)});
    auto commands =
        objects.engine == "pg_dump" ? restoring_dump(objects, database) : restoring_snapshot(objects, database);
    commands.insert(commands.begin(), without_timeouts(facts.server_version));
    commands.push_back("psql -X -q -v ON_ERROR_STOP=1 -d " + database + " -c 'VACUUM (FREEZE, ANALYZE)'");
    std::string words = "Fill it.";
    if (objects.encrypted) words += " `$LASTGOOD_AGE_IDENTITY_FILE` names the identity that opens the objects.";
    for (const auto& subscription : objects.subscriptions)
        words += " Subscription " + quoted_name(subscription) + " is left out: create it again afterwards.";
    blocks.push_back({words, one_by_one(commands)});
    const auto tables = compared(objects);
    if (!tables.empty())
        blocks.push_back(
            {"Compare it with what the restore point saw" +
                 (tables.size() < objects.tables.size() ? " (the " + std::to_string(tables.size()) + " largest of " +
                                                              std::to_string(objects.tables.size()) + " tables)"
                                                        : std::string()) +
                 ". Nothing may be printed: table, rows expected, rows found.",
             comparison(facts, tables, database)});
    return blocks;
}

}  // namespace lastgood
