#pragma once

#include "backup/engine.hpp"
#include "backup/restore_beside.hpp"

#include <memory>
#include <optional>
#include <string>

namespace lastgood {

/// A server that somebody runs for us.
struct ManagedServer {
    std::string name;
    std::string host;
    int port = 0;
};

/// An engine whose restore points are snapshots of whole servers, kept by whoever runs them. What comes back is another
/// server with the same databases and roles.
class InstanceEngine : public Engine {
  public:
    /// The server that the restore point was restored as; it is made where there is none yet, and waited for. Failure
    /// (4).
    virtual ManagedServer restore_aside(PointReader& objects, const std::string& restore_point) = 0;
    /// None where restore_aside() would have to make it.
    virtual std::optional<ManagedServer> aside(const std::string& restore_point) = 0;
    virtual void drop_aside(const std::string& restore_point) = 0;
    /// For a person: makes that server; drops one that is not wanted any more.
    virtual std::string restore_aside_command(PointReader& objects, const std::string& restore_point) = 0;
    virtual std::string drop_command(const std::string& server) = 0;
    /// The one that `url` names.
    virtual ManagedServer server_of(const ConnectionUrl& url) = 0;
};

bool is_instance_engine(const std::string& name);
/// Failure (2) if it is none, or the pipeline names no such platform.
std::unique_ptr<InstanceEngine> make_instance_engine(const std::string& name, const EngineContext& context);

ConnectionUrl on_server(const ConnectionUrl& url, const ManagedServer& server);

/// Restores it aside and compares it with what its snapshot saw; `live`: how its database is connected to on the
/// original. Failure (4) with the differences.
RestoreResult prove_aside(InstanceEngine& engine, const EngineContext& context, const Manifest& manifest,
                          PointReader& objects, const ConnectionUrl& live, int jobs);

}  // namespace lastgood
