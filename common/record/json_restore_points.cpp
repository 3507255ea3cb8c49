#include "record/fields.hpp"
#include "record/json_values.hpp"

namespace lastgood {

Json to_json(const Manifest& value) {
    Json objects = Json::array();
    for (const ObjectFacts& object : value.objects)
        objects.push_back({{"key", object.key}, {"size", object.size}, {"sha256", object.sha256}});
    Json json{{"id", value.id},
              {"run", value.run},
              {"attempt", value.attempt},
              {"engine", value.engine},
              {"taken_at", value.taken_at},
              {"database", to_json(value.database)},
              {"server_version", value.server_version},
              {"client_version", value.client_version},
              {"snapshot", value.snapshot},
              {"schema", to_json(value.schema)},
              {"pinned", to_json(value.pinned)},
              {"fits_revision", to_json(value.fits_revision)},
              {"properties", to_json(value.properties)},
              {"contents", to_json(value.contents)},
              {"subscriptions", value.subscriptions},
              {"objects", std::move(objects)}};
    if (value.fits) json["fits"] = *value.fits;
    if (!value.encryption.empty()) json["encryption"] = value.encryption;
    return json;
}

template <>
Manifest value_from_json(const Json& json) {
    const Fields fields(json);
    Manifest value;
    value.id = fields.text("id");
    value.run = fields.text("run");
    value.attempt = fields.number<int>("attempt", value.attempt);
    value.engine = fields.text("engine");
    value.taken_at = fields.text("taken_at");
    value.database = value_from_json<DatabaseIdentity>(fields.at("database"));
    value.server_version = fields.number<int>("server_version", 0);
    value.client_version = fields.text("client_version", "");
    value.snapshot = fields.text("snapshot");
    value.schema = value_from_json<SchemaState>(fields.at("schema"));
    value.pinned = value_from_json<Revision>(fields.at("pinned"));
    if (fields.find("fits") != nullptr) value.fits = fields.number<int>("fits");
    if (const Json* fits = fields.find("fits_revision")) value.fits_revision = value_from_json<Revision>(*fits);
    value.properties = value_from_json<DatabaseProperties>(fields.at("properties"));
    value.contents = value_from_json<ContentFacts>(fields.at("contents"));
    value.subscriptions = fields.texts("subscriptions");
    value.encryption = fields.text("encryption", "");
    for (const Json& element : fields.elements("objects")) {
        const Fields object(element);
        value.objects.push_back({object.text("key"), object.number<std::uint64_t>("size"), object.text("sha256")});
    }
    return value;
}

Json to_json(const Proof& value) {
    return {{"method", value.method},   {"manifest", value.manifest}, {"at", value.at},         {"where", value.where},
            {"standby", value.standby}, {"took_ms", value.took_ms},   {"tables", value.tables}, {"rows", value.rows}};
}

template <>
Proof value_from_json(const Json& json) {
    const Fields fields(json);
    Proof value;
    value.method = fields.text("method");
    value.manifest = fields.text("manifest");
    value.at = fields.text("at");
    value.where = fields.text("where", "");
    value.standby = fields.text("standby", "");
    value.took_ms = fields.number<long long>("took_ms", 0);
    value.tables = fields.number<long long>("tables", 0);
    value.rows = fields.number<std::uint64_t>("rows", 0);
    return value;
}

}  // namespace lastgood
