#pragma once

#include "core/facts.hpp"
#include "outside/clock.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lastgood {

class Interruption;
class PointReader;
class PointWriter;
class Protection;
class Store;

struct ObjectFacts {
    std::string key;  ///< relative to the restore point: "dump/toc.dat"
    std::uint64_t size = 0;
    std::string sha256;
};

/// A backup with everything needed to judge it: <scope>/restore-points/<id>/manifest.json, written last.
struct Manifest {
    std::string id;
    std::string run;
    int attempt = 1;
    std::string engine;
    std::string taken_at;  ///< the server's clock, when the snapshot was taken
    DatabaseIdentity database;
    int server_version = 0;
    std::string client_version;
    std::string snapshot;  ///< pg_current_snapshot() of the snapshot
    SchemaState schema;
    Revision pinned;          ///< what the run is about to release
    std::optional<int> fits;  ///< number of the good release that it fits (the newest when it was taken)
    Revision fits_revision;   ///< of that release; empty without one
    DatabaseProperties properties;
    ContentFacts contents;
    std::vector<std::string> subscriptions;  ///< left out of every copy, by name
    std::string encryption;                  ///< of the objects: "age", or ""; then the digests of contents are keyed
    std::vector<ObjectFacts> objects;
};

/// That it was restored and compared: proof.json beside the manifest.
struct Proof {
    std::string method;    ///< "restore" or "list"
    std::string manifest;  ///< SHA-256 of manifest.json: a changed manifest is not proven
    std::string at;        ///< the server's clock
    std::string where;     ///< "beside" or the address of prove.url
    std::string standby;   ///< name of the kept database, "" if none
    long long took_ms = 0;
    long long tables = 0;
    std::uint64_t rows = 0;
};

class RestorePoints {
  public:
    /// `protection` may be null: nothing is encrypted or signed. `interruption` may be null; a signal ends the
    /// digesting of objects between two blocks.
    RestorePoints(Store& store, std::string scope, const Protection* protection = nullptr,
                  const Interruption* interruption = nullptr);
    std::string prefix(const std::string& id) const;  ///< "<scope>/restore-points/<id>/"
    std::vector<std::string> ids()
        const;  ///< those with a manifest, oldest first by taken_at; unreadable ones before all
    /// Those without a manifest, and when they were changed last: being written, or left by a killed program.
    std::vector<std::pair<std::string, Time>> incomplete() const;
    /// Failure (4) if it was altered, or is not signed where that is wanted.
    std::optional<Manifest> manifest(const std::string& id) const;
    std::string manifest_digest(
        const std::string& id) const;  ///< SHA-256 of manifest.json as stored; Failure (4) without one
    std::optional<Proof> proof(const std::string& id) const;  ///< none if missing or if it proves another manifest
    /// For the objects of a restore point that has no manifest yet; what a killed program left of it is removed.
    /// StoreError if it has one: nothing replaces it.
    std::unique_ptr<PointWriter> begin(const std::string& id);
    /// Writes the manifest, last, with the objects of `written`.
    void publish(Manifest manifest, const PointWriter& written);
    /// Removes what begin() began.
    void discard(const std::string& id);
    /// Replaces an older proof.
    void write_proof(const std::string& id, const Proof& proof);
    /// The keys that stand for the manifest and what vouches for it, those that are there.
    std::vector<std::string> seals(const std::string& id) const;
    /// Failure (4) if an object is missing.
    std::unique_ptr<PointReader> open(const Manifest& manifest) const;
    void remove(const std::string& id);  ///< manifest first, then the objects

    Store& store() const { return m_store; }
    /// Null: nothing is encrypted or signed.
    const Protection* protection() const { return m_protection; }

  private:
    void require_unaltered(const std::string& id, const std::string& manifest) const;

    Store& m_store;
    std::string m_scope;
    const Protection* m_protection;
    const Interruption* m_interruption;
};

}  // namespace lastgood
