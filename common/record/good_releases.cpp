#include "record/good_releases.hpp"

#include "outside/files.hpp"
#include "record/document.hpp"
#include "record/fields.hpp"
#include "record/json_values.hpp"
#include "record/numbered_keys.hpp"
#include "store/store.hpp"

#include <algorithm>
#include <filesystem>

namespace lastgood {

namespace {

NumberedKeys keys_of(Store& store, const std::string& scope) {
    return {store, scope_prefix(scope) + "good/"};
}

Json to_json(const GoodRelease& release) {
    Json json{{"number", release.number},
              {"revision", to_json(release.revision)},
              {"schema", to_json(release.schema)},
              {"run", release.run},
              {"at", release.at}};
    if (!release.catalogue.empty()) json["catalogue"] = release.catalogue;
    if (!release.served.empty()) json["served"] = release.served;
    return json;
}

GoodRelease release_of(const Json& json, int number) {
    const Fields fields(json);
    return {number,
            value_from_json<Revision>(fields.at("revision")),
            value_from_json<SchemaState>(fields.at("schema")),
            fields.text("run"),
            fields.text("at"),
            fields.text("catalogue", ""),
            fields.text("served", "")};
}

/// <scope>/good-schemas/000007.sql.
std::string schema_key(const std::string& scope, int number) {
    return scope_prefix(scope) + "good-schemas/" + std::filesystem::path(numbered_name(number)).stem().string() +
           ".sql";
}

}  // namespace

GoodReleases::GoodReleases(Store& store, std::string scope) : m_store(store), m_scope(std::move(scope)) {}

std::vector<GoodRelease> GoodReleases::all() const {
    std::vector<GoodRelease> releases;
    for (const int number : keys_of(m_store, m_scope).numbers())
        if (auto release = get(number)) releases.push_back(std::move(*release));
    return releases;
}

std::optional<GoodRelease> GoodReleases::newest() const {
    const int number = keys_of(m_store, m_scope).newest();
    return number == 0 ? std::nullopt : get(number);
}

std::optional<GoodRelease> GoodReleases::of_run(const std::string& run) const {
    const auto releases = all();
    const auto found =
        std::find_if(releases.rbegin(), releases.rend(), [&run](const auto& one) { return one.run == run; });
    return found == releases.rend() ? std::nullopt : std::optional(*found);
}

std::optional<GoodRelease> GoodReleases::get(int number) const {
    const NumberedKeys keys = keys_of(m_store, m_scope);
    const auto bytes = keys.get(number);
    if (!bytes) return std::nullopt;
    return read_document(*bytes, keys.place(number), [number](const Json& json) { return release_of(json, number); });
}

int GoodReleases::add(GoodRelease release, const std::string& schema) {
    NumberedKeys keys = keys_of(m_store, m_scope);
    release.number = keys.newest() + 1;
    while (!keys.create(release.number, document_text(to_json(release)))) ++release.number;
    if (!schema.empty()) m_store.create(schema_key(m_scope, release.number), schema);
    return release.number;
}

std::optional<std::string> GoodReleases::schema_text(const GoodRelease& release) const {
    auto text = m_store.get(schema_key(m_scope, release.number));
    return text && sha256(*text) == release.schema.fingerprint ? std::move(text) : std::nullopt;
}

}  // namespace lastgood
