#include "step/drift.hpp"

#include "database/catalogue_state.hpp"
#include "database/schema_dump.hpp"
#include "database/session.hpp"
#include "outside/files.hpp"
#include "step/world.hpp"

namespace lastgood {

std::string Drift::say() const {
    return "the live schema is not the one of good release " + std::to_string(good) + " (" +
           revision.commit.substr(0, 12) + "): somebody changed it since";
}

std::optional<Drift> drift_since(const GoodReleases& releases, const std::string& fingerprint,
                                 const std::string& schema) {
    const auto newest = releases.newest();
    if (!newest || newest->schema.fingerprint == fingerprint) return std::nullopt;
    Drift drift{newest->number, newest->revision, ""};
    const auto before = releases.schema_text(*newest);
    if (before && !schema.empty()) drift.difference = schema_difference(*before, schema);
    return drift;
}

bool untouched_since(const GoodReleases& releases, Session& live) {
    const auto newest = releases.newest();
    return newest && !newest->catalogue.empty() && newest->catalogue == catalogue_state(live);
}

LiveSchema look_at_schema(const Databases& databases, const ClientPrograms& programs, Processes& processes) {
    Session live = databases.live("schema");
    const std::string before = catalogue_state(live);
    LiveSchema schema;
    schema.text = live_schema(databases, programs, processes);
    schema.fingerprint = sha256(schema.text);
    if (catalogue_state(live) == before) schema.catalogue = before;
    return schema;
}

std::string live_schema(const Databases& databases, const ClientPrograms& programs, Processes& processes,
                        std::optional<std::chrono::milliseconds> timeout) {
    return normalised_schema(programs, databases.live_url(), "", databases.work_name("schema"), processes,
                             databases.leftover_mark(), timeout);
}

}  // namespace lastgood
