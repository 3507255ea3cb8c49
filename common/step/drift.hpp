#pragma once

#include "record/good_releases.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace lastgood {

class ClientPrograms;
class Databases;
class Processes;
class Session;

/// What somebody changed in the live schema behind the back of the last good release.
struct Drift {
    int good = 0;  ///< number of the release
    Revision revision;
    std::string difference;  ///< lines, as schema_difference(); "" where a text is not at hand

    /// "the live schema is not the one of good release 7 (1a2b3c4d5e6f): somebody changed it since".
    std::string say() const;
};

/// Of the newest good release. `schema`: the normalised text of `fingerprint`; "": not at hand. None: they are equal,
/// or there is no good release.
std::optional<Drift> drift_since(const GoodReleases& releases, const std::string& fingerprint,
                                 const std::string& schema);

/// Nobody touched the catalogue since the newest good release was written: there is no drift, without a dump.
bool untouched_since(const GoodReleases& releases, Session& live);

/// The live schema as a good release keeps it.
struct LiveSchema {
    std::string text;  ///< normalised
    std::string fingerprint;
    std::string catalogue;  ///< its catalogue_state(); "": somebody changed it meanwhile
};
/// Failure (4).
LiveSchema look_at_schema(const Databases& databases, const ClientPrograms& programs, Processes& processes);

/// The normalised schema of the live database. Failure (4), also if it takes longer than `timeout`.
std::string live_schema(const Databases& databases, const ClientPrograms& programs, Processes& processes,
                        std::optional<std::chrono::milliseconds> timeout = {});

}  // namespace lastgood
