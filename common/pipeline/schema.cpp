// The tables of keys.hpp as a JSON Schema, for editors.
#include "pipeline/keys.hpp"
#include "pipeline/pipeline.hpp"
#include "pipeline/scalar_rules.hpp"

#include <nlohmann/json.hpp>
#include <yaml-cpp/yaml.h>

namespace lastgood {
namespace {

using Json = nlohmann::ordered_json;

/// Neither absolute nor with a part that is "..".
constexpr const char* k_within_the_work_tree = "^(?!/)(?!(.*/)?\\.\\.(/|$))";

Json schema_of(const Section& section);

/// Where something else than a text is wanted, ${NAME} may stand for it.
Json or_reference(Json schema) {
    return {{"anyOf", Json::array({std::move(schema), Json{{"$ref", "#/definitions/reference"}}})}};
}

Json text_schema(std::string_view pattern = {}) {
    Json schema{{"type", "string"}, {"minLength", 1}};
    if (!pattern.empty()) schema["pattern"] = pattern;
    return schema;
}

Json list_of(Json items) {
    return {{"type", "array"}, {"minItems", 1}, {"items", std::move(items)}};
}

Json number_schema(const Key& key) {
    return or_reference({{"type", "integer"}, {"minimum", lowest(key)}, {"maximum", highest(key)}});
}

Json map_to(Json value) {
    return {{"type", "object"}, {"patternProperties", {{"^.+$", std::move(value)}}}, {"additionalProperties", false}};
}

Json either(Json one, Json other) {
    return {{"anyOf", Json::array({std::move(one), std::move(other)})}};
}

Json scalar_schema() {
    return {{"type", {"string", "number", "boolean"}}};
}

Json cell_schema() {
    return {{"type", {"string", "number", "boolean", "null"}}};
}

Json choice_schema(const Key& key) {
    Json schema = or_reference({{"enum", key.choices}});
    if (key.section) schema["anyOf"].push_back(schema_of(key.section()));
    return schema;
}

Json flag_schema(const Key& key) {
    Json schema = or_reference({{"type", "boolean"}});
    if (key.section) schema["anyOf"].push_back(schema_of(key.section()));
    return schema;
}

bool wants_nothing(const Section& section) {
    return std::none_of(section.keys.begin(), section.keys.end(), [](const Key& key) { return key.required; });
}

Json entries_schema(const Key& key) {
    Json names = Json::array();
    Json maps = Json::object();
    for (const SectionOf section : key.entries) {
        Json content = schema_of(section());
        if (wants_nothing(section())) {
            names.push_back(section().name);
            content["type"] = {"object", "null"};
        }
        maps[std::string(section().name)] = std::move(content);
    }
    const Json map{{"type", "object"},
                   {"minProperties", 1},
                   {"maxProperties", 1},
                   {"properties", maps},
                   {"additionalProperties", false}};
    return list_of({{"anyOf", Json::array({Json{{"enum", names}}, map})}});
}

Json schema_of_kind(const Key& key) {
    switch (key.kind) {
        case Kind::text:
            return text_schema();
        case Kind::http_url:
            return or_reference(text_schema("^https?://"));
        case Kind::path:
            return text_schema(k_within_the_work_tree);
        case Kind::name:
            return or_reference(text_schema("^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$"));
        case Kind::scalar:
            return scalar_schema();
        case Kind::choice:
            return choice_schema(key);
        case Kind::flag:
            return flag_schema(key);
        case Kind::number:
            return number_schema(key);
        case Kind::numbers:
            return either(number_schema(key), map_to(number_schema(key)));
        case Kind::number_list:
            return either(number_schema(key), list_of(number_schema(key)));
        case Kind::decimal:
            return or_reference({{"type", "number"}, {"minimum", lowest(key)}});
        case Kind::duration:
            return or_reference(text_schema("^[0-9]+(ms|s|m|h|d)$"));
        case Kind::size:
            return or_reference(text_schema("^[0-9]+(B|kB|MB|GB|TB)$"));
        case Kind::token:
            return text_schema("^(\\$\\{[^}]+\\})+$");
        case Kind::database_url:
            return text_schema("\\$\\{|^postgres(ql)?://|=");
        case Kind::store:
            return or_reference(text_schema("^file:/[^/]|^s3://[^/?]"));
        case Kind::paths:
            return list_of(text_schema(k_within_the_work_tree));
        case Kind::texts:
            return list_of(text_schema());
        case Kind::argv:
            return list_of(scalar_schema());
        case Kind::rows:
            return list_of(list_of(cell_schema()));
        case Kind::values:
        case Kind::headers:
            return map_to(scalar_schema());
        case Kind::section:
            return schema_of(key.section());
        case Kind::entries:
            return entries_schema(key);
    }
    return {};
}

/// What is quoted in `node` is a text, whatever it looks like.
Json json_of(const YAML::Node& node) {
    if (node.IsSequence()) {
        Json list = Json::array();
        for (const auto& item : node) list.push_back(json_of(item));
        return list;
    }
    if (node.IsMap()) {
        Json map = Json::object();
        for (const auto& pair : node) map[pair.first.Scalar()] = json_of(pair.second);
        return map;
    }
    if (node.IsNull()) return nullptr;
    if (node.Tag() == "!") return node.Scalar();
    if (const auto number = whole_number_of(node.Scalar())) return *number;
    if (const auto number = decimal_of(node.Scalar())) return *number;
    if (node.Scalar() == "true" || node.Scalar() == "false") return node.Scalar() == "true";
    return node.Scalar();
}

Json schema_of(const Section& section) {
    Json properties = Json::object();
    Json required = Json::array();
    for (const Key& key : section.keys) {
        Json schema{{"description", key.help}};
        schema.update(schema_of_kind(key));
        schema["description"] = key.help;
        if (!key.fallback.empty()) schema["default"] = json_of(YAML::Load(std::string(key.fallback)));
        schema["examples"] = Json::array({json_of(YAML::Load(example(key)))});
        if (key.required) required.push_back(key.name);
        properties[std::string(key.name)] = std::move(schema);
    }
    Json schema{{"type", "object"}, {"description", section.help}};
    if (!required.empty()) schema["required"] = required;
    schema["properties"] = properties;
    schema["additionalProperties"] = false;
    return schema;
}

}  // namespace

std::string pipeline_schema() {
    Json schema{{"$schema", "http://json-schema.org/draft-07/schema#"}, {"title", "lastgood pipeline, format 1"}};
    schema.update(schema_of(pipeline_section()));
    schema["definitions"]["reference"] = {
        {"type", "string"},
        {"pattern", "\\$\\{[^}]+\\}"},
        {"description", "${NAME}: an environment variable; ${file:PATH}: what the file holds"}};
    return schema.dump(2) + "\n";
}

}  // namespace lastgood
