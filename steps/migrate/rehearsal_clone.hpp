#pragma once

#include "backup/engine.hpp"
#include "database/beside.hpp"
#include "database/connection_url.hpp"
#include "record/restore_points.hpp"

#include <string>

namespace lastgood {

class Console;
class Databases;
struct Pipeline;

/// A database with what a restore point holds, to be spoilt: where the restore point was proven, made of what is at
/// hand. The proof's own copy, if the capture left it for us; else a clone of the kept standby; else it is restored
/// once more. Dropped at the end, whatever happens.
class RehearsalClone {
  public:
    struct Ports {
        const Databases& databases;
        const RestorePoints& restore_points;
        const Pipeline& pipeline;
        Console& console;
    };
    RehearsalClone(Ports ports, const EngineContext& context, const Manifest& manifest, const std::string& digest);
    ~RehearsalClone();
    RehearsalClone(const RehearsalClone&) = delete;
    RehearsalClone& operator=(const RehearsalClone&) = delete;

    ConnectionUrl url() const { return m_server.with_database(m_name); }

  private:
    void make(Session& session, const DatabaseMark& mark, const std::vector<MarkedDatabase>& marked);
    void restore(const ConnectionUrl& target);
    void drop() noexcept;

    Ports m_ports;
    const EngineContext m_context;
    const Manifest& m_manifest;
    ConnectionUrl m_server;
    std::string m_name;
};

}  // namespace lastgood
