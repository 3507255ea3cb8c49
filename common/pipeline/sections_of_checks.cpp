#include "pipeline/complaint.hpp"
#include "pipeline/sections.hpp"

#include <filesystem>
#include <regex>
#include <stdexcept>

namespace lastgood {
namespace {

Window read_window(const SectionReader& check) {
    Window window;
    window.within = check.duration("within");
    window.lasting = check.duration("for");
    if (!check.has("every")) return window;
    window.every = check.duration("every");
    if (window.within.count() == 0 && window.lasting.count() == 0)
        check.refuse("every", "every means nothing to a check that is asked once", "add for: 2m or within: 60s");
    return window;
}

/// Of keys that exclude each other the one that is given.
std::string the_only_one(const SectionReader& check, std::initializer_list<const char*> keys, const std::string& next) {
    std::string given;
    for (const char* key : keys) {
        if (!check.has(key)) continue;
        if (!given.empty()) check.refuse(key, std::string(key) + " excludes " + given, "remove one of the two");
        given = key;
    }
    if (given.empty()) throw complaint(check.place(), check.name() + " says nothing that it expects", next);
    return given;
}

CheckWhat read_sql(const SectionReader& check) {
    SqlCheck what{check.text("query"), std::nullopt};
    const std::string expected = the_only_one(check, {"expect", "expect_rows", "expect_empty"}, "add there expect: 0");
    if (expected == "expect") what.expect = check.text("expect");
    if (expected == "expect_rows") what.expect_rows = check.rows("expect_rows");
    if (expected != "expect_empty") return what;
    what.expect_empty = check.flag("expect_empty");
    if (!what.expect_empty)
        check.refuse("expect_empty", "expect_empty: false expects nothing", "write expect_empty: true, or expect");
    return what;
}

CheckWhat read_rows_not_lost(const SectionReader& check) {
    RowsNotLostCheck what;
    what.only = check.list("only");
    what.except = check.list("except");
    if (check.is_map("tolerance")) {
        what.per_table = check.numbers("tolerance");
    } else if (check.has("tolerance")) {
        what.tolerance = check.number("tolerance");
    }
    return what;
}

CheckWhat read_privileges_unchanged(const SectionReader& check) {
    return PrivilegesUnchangedCheck{check.list("except"),
                                    check.choice<bool>("new_objects", {{"ignore", false}, {"refuse", true}})};
}

CheckWhat read_schema_is(const SectionReader& check) {
    SchemaIsCheck what;
    the_only_one(check, {"file", "fingerprint"}, "add there file: db/schema.sql");
    what.file = check.text("file");
    what.fingerprint = check.text("fingerprint");
    const bool is_sha256 =
        what.fingerprint.size() == 64 && what.fingerprint.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (what.file.empty() && !is_sha256)
        check.refuse("fingerprint", "fingerprint wants 64 lower-case hex digits",
                     "write there the fingerprint of a good release");
    return what;
}

/// As far as one can see without a server: nothing but a SELECT, VALUES, TABLE, or WITH.
bool looks_like_a_select(const std::string& query) {
    static const std::regex begins(R"(^[\s(]*(select|with|values|table)\b)", std::regex::icase);
    return std::regex_search(query, begins);
}

CheckWhat read_queries_not_slower(const SectionReader& check) {
    QueriesNotSlowerCheck what;
    what.queries = check.values("queries");
    for (const auto& [name, query] : what.queries) {
        if (!looks_like_a_select(query))
            check.refuse("queries", "query " + in_quotes(name) + " is no SELECT", "write there a SELECT");
    }
    what.ratio = check.decimal("ratio");
    what.runs = static_cast<int>(check.number("runs"));
    what.floor = check.duration("floor");
    return what;
}

HttpTls read_tls(const SectionReader& check, const std::string& url) {
    if (!url.starts_with("https://"))
        check.refuse("tls", "tls means nothing to a URL that does not begin with https://", "remove tls");
    const SectionReader tls = check.section("tls");
    HttpTls what;
    what.min_days_left = static_cast<int>(tls.number("min_days_left"));
    if (tls.has("ca"))
        what.ca = std::filesystem::absolute(std::filesystem::path(check.place().file).parent_path() / tls.text("ca"));
    return what;
}

CheckWhat read_http(const SectionReader& check) {
    HttpCheck what;
    what.url = check.text("url");
    what.expect_status.clear();
    for (const auto status : check.number_list("expect_status"))
        what.expect_status.push_back(static_cast<long>(status));
    what.expect_body = check.text("expect_body");
    what.expect_json = check.values("expect_json");
    if (check.has("max_latency")) what.max_latency = check.duration("max_latency");
    if (check.has("tls")) what.tls = read_tls(check, what.url);
    for (auto& [name, value] : check.values("headers")) what.headers.emplace(name, Secret(value));
    return what;
}

CheckWhat read_replication_lag(const SectionReader& check) {
    ReplicationLagCheck what;
    if (check.has("max")) what.max = check.duration("max");
    if (check.has("max_bytes")) what.max_bytes = check.size("max_bytes");
    if (!what.max && !what.max_bytes)
        throw complaint(check.place(), "replication_lag says nothing that it expects", "add there max: 10s");
    what.slots = check.flag("slots");
    if (what.slots && !what.max_bytes)
        check.refuse("slots", "slots: true wants max_bytes, which a slot may keep", "add max_bytes: 1GB");
    if (check.has("expect_replicas")) what.expect_replicas = check.number("expect_replicas");
    return what;
}

CheckWhat read_what(const SectionReader& check) {
    const std::string& name = check.name();
    if (name == "sql") return read_sql(check);
    if (name == "no_pending_migrations") return NoPendingMigrationsCheck{};
    if (name == "rows_not_lost") return read_rows_not_lost(check);
    if (name == "unchanged") return UnchangedCheck{check.list("tables")};
    if (name == "sequences_ahead") return SequencesAheadCheck{check.list("except")};
    if (name == "no_invalid_indexes") return NoInvalidIndexesCheck{check.flag("all")};
    if (name == "constraints_validated") return ConstraintsValidatedCheck{check.flag("all")};
    if (name == "privileges_unchanged") return read_privileges_unchanged(check);
    if (name == "row_security_unchanged") return RowSecurityUnchangedCheck{check.list("except")};
    if (name == "extensions") return ExtensionsCheck{check.values("expect")};
    if (name == "schema_is") return read_schema_is(check);
    if (name == "queries_not_slower") return read_queries_not_slower(check);
    if (name == "replication_lag") return read_replication_lag(check);
    if (name == "no_long_locks") return NoLongLocksCheck{check.duration("max")};
    if (name == "http") return read_http(check);
    if (name == "command") return CommandCheck{check.list("run")};
    throw std::logic_error("no reader for the check " + name);
}

}  // namespace

CheckSettings read_check(const SectionReader& check) {
    CheckSettings settings;
    settings.name = check.name();
    settings.place = check.place();
    settings.timeout = check.duration("timeout");
    settings.window = read_window(check);
    settings.what = read_what(check);
    return settings;
}

}  // namespace lastgood
