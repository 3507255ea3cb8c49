#include "record/fields.hpp"
#include "record/json_values.hpp"

namespace lastgood {

Json to_json(const Revision& value) {
    return {{"commit", value.commit}, {"tree", value.tree}};
}

template <>
Revision value_from_json(const Json& json) {
    const Fields fields(json);
    return {fields.text("commit"), fields.text("tree")};
}

Json to_json(const DatabaseIdentity& value) {
    return {{"system_identifier", value.system_identifier},
            {"oid", value.oid},
            {"name", value.name},
            {"address", value.address}};
}

template <>
DatabaseIdentity value_from_json(const Json& json) {
    const Fields fields(json);
    return {fields.text("system_identifier", ""), fields.number<std::uint32_t>("oid"), fields.text("name"),
            fields.text("address", "")};
}

Json to_json(const SchemaState& value) {
    return {{"heads", value.heads}, {"fingerprint", value.fingerprint}};
}

template <>
SchemaState value_from_json(const Json& json) {
    const Fields fields(json);
    return {fields.texts("heads"), fields.text("fingerprint")};
}

Json to_json(const DatabaseProperties& value) {
    Json json{{"owner", value.owner},
              {"encoding", value.encoding},
              {"collate", value.collate},
              {"ctype", value.ctype},
              {"locale_provider", value.locale_provider},
              {"icu_locale", value.icu_locale},
              {"tablespace", value.tablespace},
              {"connection_limit", value.connection_limit},
              {"acl", value.acl},
              {"acl_is_default", value.acl_is_default},
              {"settings", value.settings}};
    if (value.comment) json["comment"] = *value.comment;
    return json;
}

template <>
DatabaseProperties value_from_json(const Json& json) {
    const Fields fields(json);
    DatabaseProperties value;
    value.owner = fields.text("owner");
    value.encoding = fields.text("encoding");
    value.collate = fields.text("collate");
    value.ctype = fields.text("ctype");
    value.locale_provider = fields.text("locale_provider", "");
    value.icu_locale = fields.text("icu_locale", "");
    value.tablespace = fields.text("tablespace", "");
    value.connection_limit = fields.number<int>("connection_limit", value.connection_limit);
    if (fields.find("comment") != nullptr) value.comment = fields.text("comment");
    value.acl = fields.texts("acl");
    value.acl_is_default = fields.flag("acl_is_default", value.acl_is_default);
    if (const Json* settings = fields.find("settings")) {
        const Fields roles(*settings);
        for (const auto& role : settings->items()) value.settings[role.key()] = roles.texts(role.key());
    }
    return value;
}

Json to_json(const LossReport& value) {
    Json tables = Json::array();
    for (const TableLoss& loss : value.tables)
        tables.push_back({{"table", loss.table},
                          {"certain", loss.certain},
                          {"possible", loss.possible},
                          {"upper_bound", loss.upper_bound},
                          {"note", loss.note}});
    return {{"tables", tables}};
}

template <>
LossReport value_from_json(const Json& json) {
    LossReport value;
    for (const Json& table : Fields(json).elements("tables")) {
        const Fields fields(table);
        value.tables.push_back({fields.text("table"), fields.number<std::uint64_t>("certain"),
                                fields.number<std::uint64_t>("possible"), fields.flag("upper_bound", false),
                                fields.text("note", "")});
    }
    return value;
}

}  // namespace lastgood
