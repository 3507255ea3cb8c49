#include "step/before_json.hpp"

namespace lastgood {

namespace {

Json to_json(const RowCount& count) {
    return {{"table", count.table},
            {"oid", count.oid},
            {"rows", count.rows},
            {"newer", count.newer},
            {"perhaps_newer", count.perhaps_newer}};
}

RowCount row_count_of(const Json& json) {
    return {json.value("table", ""), json.value("oid", 0U), json.value("rows", std::uint64_t{0}),
            json.value("newer", std::uint64_t{0}), json.value("perhaps_newer", std::uint64_t{0})};
}

Json to_json(const std::set<Grant>& grants) {
    Json json = Json::array();
    for (const auto& grant : grants) json.push_back({grant.grantee, grant.privilege});
    return json;
}

std::set<Grant> grants_of(const Json& json) {
    std::set<Grant> grants;
    for (const auto& grant : json) grants.insert({grant.at(0).get<std::string>(), grant.at(1).get<std::string>()});
    return grants;
}

/// What is empty is left out: most objects have the default.
Json to_json(const ObjectPrivileges& object) {
    Json json{{"id", object.id}, {"name", object.name}};
    if (!object.owner.empty()) json["owner"] = object.owner;
    if (!object.within.empty()) json["within"] = object.within;
    if (!object.granted.empty()) json["granted"] = to_json(object.granted);
    if (!object.revoked.empty()) json["revoked"] = to_json(object.revoked);
    if (!object.columns.empty()) json["columns"] = object.columns;
    return json;
}

ObjectPrivileges privileges_of(const Json& json) {
    return {json.value("id", ""),
            json.value("name", ""),
            json.value("owner", ""),
            json.value("within", ""),
            grants_of(json.value("granted", Json::array())),
            grants_of(json.value("revoked", Json::array())),
            json.value("columns", std::set<int>{})};
}

Json to_json(const RowSecurity& table) {
    Json json{{"table", table.table}, {"oid", table.oid}};
    if (table.enabled) json["enabled"] = true;
    if (table.forced) json["forced"] = true;
    if (!table.policies.empty()) json["policies"] = table.policies;
    return json;
}

RowSecurity row_security_of(const Json& json) {
    return {json.value("oid", 0U), json.value("table", ""), json.value("enabled", false), json.value("forced", false),
            json.value("policies", std::map<std::string, std::string>{})};
}

Json to_json(const QueryTiming& timing) {
    if (!timing.trouble.empty()) return {{"trouble", timing.trouble}, {"sqlstate", timing.sqlstate}};
    return {{"ms", timing.milliseconds}, {"plan", timing.plan}};
}

QueryTiming query_timing_of(const Json& json) {
    return {json.value("ms", 0.0), json.value("plan", std::vector<std::string>{}), json.value("trouble", ""),
            json.value("sqlstate", "")};
}

template <typename Value>
Json list_of(const std::vector<Value>& values) {
    Json json = Json::array();
    for (const auto& value : values) json.push_back(to_json(value));
    return json;
}

/// Of what was not read there is no field.
template <typename Value, typename Read>
std::optional<std::vector<Value>> read_list(const Json& json, const char* field, const Read& read) {
    if (!json.contains(field)) return std::nullopt;
    std::vector<Value> values;
    for (const auto& value : json.at(field)) values.push_back(read(value));
    return values;
}

template <typename Value>
std::optional<Value> read_value(const Json& json, const char* field) {
    if (!json.contains(field)) return std::nullopt;
    return json.at(field).get<Value>();
}

}  // namespace

Json to_json(const Before& before) {
    Json json{{"rows", list_of(before.rows)}};
    if (before.unfinished_indexes) json["unfinished_indexes"] = *before.unfinished_indexes;
    if (before.unfinished_constraints) json["unfinished_constraints"] = *before.unfinished_constraints;
    if (before.privileges) json["privileges"] = list_of(*before.privileges);
    if (before.row_security) json["row_security"] = list_of(*before.row_security);
    if (before.extensions) json["extensions"] = *before.extensions;
    for (const auto& [query, timing] : before.queries) json["queries"][query] = to_json(timing);
    return json;
}

Before before_of(const Json& json) {
    using Oids = std::vector<std::uint32_t>;
    Before before;
    before.rows = read_list<RowCount>(json, "rows", row_count_of).value_or(std::vector<RowCount>{});
    before.unfinished_indexes = read_value<Oids>(json, "unfinished_indexes");
    before.unfinished_constraints = read_value<Oids>(json, "unfinished_constraints");
    before.privileges = read_list<ObjectPrivileges>(json, "privileges", privileges_of);
    before.row_security = read_list<RowSecurity>(json, "row_security", row_security_of);
    before.extensions = read_value<std::map<std::string, std::string>>(json, "extensions");
    const Json queries = json.value("queries", Json::object());
    for (const auto& [query, timing] : queries.items()) before.queries[query] = query_timing_of(timing);
    return before;
}

}  // namespace lastgood
