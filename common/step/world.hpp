#pragma once

#include "backup/engine.hpp"
#include "command_line/arguments.hpp"
#include "database/client_programs.hpp"
#include "database/session.hpp"
#include "host/host.hpp"
#include "outside/clock.hpp"
#include "outside/console.hpp"
#include "outside/crash_point.hpp"
#include "outside/environment.hpp"
#include "outside/interruption.hpp"
#include "outside/process.hpp"
#include "outside/redaction.hpp"
#include "pipeline/pipeline.hpp"
#include "platform/platform.hpp"
#include "record/protection.hpp"
#include "record/restore_points.hpp"
#include "step/options.hpp"

#include <memory>
#include <optional>
#include <string>

namespace lastgood {

class Store;

/// The doors of one program, opened once, in the order in which they need each other. What a step may touch is what its
/// main.cpp hands it out of here.
class World {
  public:
    World(const ProgramText& text, const Arguments& arguments);
    ~World();

    const ProgramText text;
    Environment environment;
    std::unique_ptr<Host> host;
    const CommonOptions options;
    /// The run that this program works for, "" before it is known: what a host is told of at the end.
    std::string run_at_work;
    Redaction redaction;
    Interruption interruption;
    Console console;
    Processes processes;
    CrashPoint crash;

    /// Started by `lastgood run`, which speaks to the host itself.
    bool is_driven() const;

    /// Reads the pipeline on first use, with the environment that was asked for. Failure (2).
    const Pipeline& pipeline();
    /// The same, with the database's URL, which the platform is asked for where the file names none. Failure (2, 3, 4).
    const Pipeline& located_pipeline();
    /// The same with the database of LASTGOOD_DEVELOPMENT_URL in its place. Failure (2) if it is not set.
    const Pipeline& development_pipeline();
    /// Null where the application runs on no platform that we know. Failure (2) without what it wants to know us by.
    Platform* platform();
    /// Of platform heroku; null elsewhere.
    std::shared_ptr<Heroku> heroku();
    /// Of platform elastic_beanstalk; null elsewhere.
    std::shared_ptr<Aws> aws();
    /// Opens the store on first use. StoreError.
    Store& store();
    /// Failure (2) if a key of the environment cannot be read.
    const Protection& protection();
    /// Of this pipeline's environment, protected as it says.
    RestorePoints restore_points();
    PlatformContext platform_context();
    /// From now on the record is a local one: the night on which the store is down.
    void use_local_store();

  private:
    void follow_successor(Secret& url);
    void follow_to_server(Secret& url, const std::string& restore_point);

    std::optional<Pipeline> m_pipeline;
    std::unique_ptr<Store> m_store;
    std::unique_ptr<Protection> m_protection;
    std::unique_ptr<Platform> m_platform;
    std::shared_ptr<Heroku> m_heroku;
    std::shared_ptr<Aws> m_aws;
};

/// Connections, all named for the run so that the next program finds what a killed one left.
class Databases {
  public:
    Databases(const Pipeline& pipeline, std::string run_id, Interruption& interruption);

    const ConnectionUrl& live_url() const { return m_live; }
    const ConnectionUrl& maintenance_url() const { return m_maintenance; }
    ConnectionUrl url_of(const std::string& database) const { return m_maintenance.with_database(database); }
    /// The role that puts up fences. Failure (2) if the pipeline names none.
    ConnectionUrl admin_url() const;
    /// Where copies are proven: prove.url's server, else the maintenance database.
    ConnectionUrl prove_url() const;

    Session live(const std::string& what) const { return {m_live, work_name(what), m_interruption}; }
    Session maintenance(const std::string& what) const { return {m_maintenance, work_name(what), m_interruption}; }
    Session open(const ConnectionUrl& url, const std::string& what) const {
        return {url, work_name(what), m_interruption};
    }

    std::string live_name() const { return m_live.database(); }
    /// Another database of the same server is the live one from now on.
    void move_to(const std::string& database);
    /// So is its whole server.
    void move_to_server(const std::string& host, const std::string& port);
    std::string work_name(const std::string& what) const;
    /// LASTGOOD_CHILD of the children that the next program may end: those of who held the same lock on the same
    /// server.
    std::string leftover_mark() const { return m_scope + "@" + m_maintenance.address(); }
    const std::string& scope() const { return m_scope; }
    const std::string& run_id() const { return m_run_id; }
    Interruption& interruption() const { return m_interruption; }

  private:
    const Pipeline& m_pipeline;
    std::string m_scope;
    std::string m_run_id;
    ConnectionUrl m_live;
    ConnectionUrl m_maintenance;
    Interruption& m_interruption;
};

/// What an engine works with in a program that calls its work `what`.
EngineContext engine_context(World& world, const Databases& databases, const ClientPrograms& programs,
                             const std::string& what);

}  // namespace lastgood
