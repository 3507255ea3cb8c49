#pragma once

#include "database/catalogue.hpp"
#include "database/client_programs.hpp"
#include "database/connection_url.hpp"
#include "database/contents.hpp"
#include "database/exported_snapshot.hpp"
#include "record/restore_points.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lastgood {

class Aws;
class Console;
class Heroku;
class Interruption;
class PointReader;
class PointWriter;
class Processes;

/// What an engine works with.
struct EngineContext {
    const ClientPrograms& programs;
    Processes& processes;
    Console& console;
    std::string application_name;
    std::string leftover_mark;
    Interruption& interruption;
    std::shared_ptr<Heroku> heroku = {};  ///< null where the application does not run there
    std::shared_ptr<Aws> aws = {};        ///< likewise
};

/// What a capture is to be made of.
struct CaptureOrder {
    ConnectionUrl url;
    std::string snapshot;                       ///< an exported one; "" for a database that nobody writes to
    const std::vector<CatalogueTable>& tables;  ///< as that snapshot sees them
    int jobs = 1;
    std::optional<int> compress;  ///< 0 to 9, in the engine's levels; none: its own
    PointWriter& target;
    std::optional<ConnectionUrl> mirror;  ///< an empty database that gets everything as it passes by, as if restored
    /// Where the backup is somebody else's: what an earlier program of this run told begun(), if nobody could write
    /// since; "" : none.
    std::string begun_earlier = {};
    std::function<void(const std::string& token)> begun = {};  ///< told how it will be found, before it is begun
};

/// How data gets into a restore point.
class Engine {
  public:
    virtual ~Engine() = default;
    virtual std::string name() const = 0;
    /// What the restore point is to hold, as a snapshot for all who read. One that can only hold what a moment of its
    /// own choosing was like chooses it here. Failure (3, 4).
    virtual std::unique_ptr<ExportedSnapshot> snapshot(const ConnectionUrl& url, const std::string& application_name,
                                                       Interruption& interruption, const std::string& restore_point);
    /// Writes the objects of a restore point into `order.target`, as the snapshot sees the database. Subscriptions stay
    /// out. Returns the digests of the tables whose rows passed by; the others are the caller's to compute. Failure
    /// (4), StoreError. A full disk says so.
    virtual std::vector<TableDigest> capture(const CaptureOrder& order) = 0;
    /// What a restore has of the sequences that were `seen` in snapshot(): no snapshot holds them.
    virtual std::vector<SequenceFacts> promised(std::vector<SequenceFacts> seen) const { return seen; }
    /// Whether capture() can fill CaptureOrder::mirror.
    virtual bool can_mirror() const { return false; }
    /// Looks whether what was captured is there and can be read, without a server. Failure (4).
    virtual void list(PointReader& objects) = 0;
};

/// An engine whose restore points are databases: one comes back beside the original. (backup/cluster_engine.hpp has
/// those whose restore points are whole clusters.)
class DatabaseEngine : public Engine {
  public:
    /// Restores into the empty database that `url` names, without user mappings, then ANALYZE.
    /// Failure (4) with the first errors.
    virtual void restore(PointReader& objects, const ConnectionUrl& url, int jobs) = 0;
    /// Whether the restore point has user mappings that restore_user_mappings would put in.
    virtual bool has_user_mappings(PointReader& objects) = 0;
    /// Puts the user mappings into a restored database: the last thing before it goes live.
    virtual void restore_user_mappings(PointReader& objects, const ConnectionUrl& url) = 0;
};

struct EngineRow {
    std::string name;
    std::function<std::unique_ptr<DatabaseEngine>(const EngineContext&)> make;
};
const std::vector<EngineRow>& engines();
/// Failure (2) with the nearest known name.
std::unique_ptr<DatabaseEngine> make_engine(const std::string& name, const EngineContext& context);

}  // namespace lastgood
