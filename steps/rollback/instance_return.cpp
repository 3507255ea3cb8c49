// The way back where the restore point comes back as another server.
#include "core/failure.hpp"
#include "database/backends.hpp"
#include "database/closed_database.hpp"
#include "database/properties.hpp"
#include "database/sequences_beyond.hpp"
#include "database/server.hpp"
#include "outside/clock.hpp"
#include "outside/console.hpp"
#include "record/json_values.hpp"
#include "record/point_reader.hpp"
#include "step/baseline.hpp"
#include "steps/rollback/rollback.hpp"

namespace lastgood {

namespace {

constexpr std::chrono::seconds k_close_limit{10};
/// What is done while it is closed: losses, sequences, the mark.
constexpr std::chrono::seconds k_closed_limit{60};

}  // namespace

std::unique_ptr<InstanceEngine> Rollback::instance_engine() {
    return make_instance_engine(m_facts.manifest->engine, engine_context());
}

void Rollback::observe_instance(RollbackFacts& facts) {
    m_facts.manifest = facts.manifest;
    const auto engine = instance_engine();
    InstanceWay way;
    const auto aside = engine->aside(facts.restore_point);
    if (aside) way.server = aside->name;
    way.done = aside && aside->host == m_ports.databases.live_url().part("host");
    way.by_hand = engine->restore_aside_command(*m_ports.restore_points.open(*facts.manifest), facts.restore_point) +
                  "   and then point the application's properties at it";
    facts.instance = std::move(way);
}

Json Rollback::restore_instance() {
    const auto objects = m_ports.restore_points.open(*m_facts.manifest);
    const RestoreResult result = prove_aside(*instance_engine(), engine_context(), *m_facts.manifest, *objects,
                                             m_ports.databases.live_url(), m_ports.pipeline.capture.prove_jobs);
    m_facts.instance->server = instance_engine()->aside(m_facts.restore_point)->name;
    return {{"server", m_facts.instance->server}, {"tables", result.tables}, {"rows", result.rows}};
}

/// The old server stays as it is, but nobody gets into its database any more: what is written from now on is written to
/// the restored one.
Json Rollback::set_aside() {
    Databases& databases = m_ports.databases;
    const auto engine = instance_engine();
    const auto server = engine->aside(m_facts.restore_point);
    if (!server)
        throw Failure(ExitCode::failed_clean, "the restored server is not available any more",
                      "nothing; the release is live", "lastgood rollback   restores it again");
    m_ports.platform->prepare_repoint(m_facts.served, m_ports.repository, m_facts.good);
    const ManagedServer old = engine->server_of(databases.live_url());
    const std::string live = databases.live_name();
    const auto fence = Fences::noted(m_ports.run.state());
    {
        ClosedDatabase closed(databases.maintenance_url(), databases.work_name("swap"), live, m_facts.live.oid,
                              k_close_limit, k_closed_limit, m_ports.interruption);
        const Interruption::Shield shield(m_ports.interruption);
        if (!still_bearable(closed.live())) throw called_off();
        Session restored(on_server(databases.live_url(), *server), databases.work_name("swap"), m_ports.interruption);
        move_sequences_beyond(closed.live(), restored, m_ports.pipeline.rollback.sequence_margin);
        Session admin = databases.maintenance("swap");
        if (!closed.holds())
            throw Failure(ExitCode::failed_clean, "somebody opened \"" + live + "\" while it was being closed",
                          "nothing; the release is live and open", "lastgood rollback   tries again");
        DatabaseMark mark;
        mark.kind = "failed";
        mark.scope = databases.scope();
        mark.run = m_facts.run.id;
        mark.restore_point = m_facts.restore_point;
        mark.revision = m_facts.good;
        mark.manifest = m_digest;
        mark.snapshot = current_snapshot(admin);
        mark.original = mark.successor = m_facts.live.oid;
        mark.at = say_time(now());
        admin.execute("alter database " + admin.quote_name(live) + " connection limit 0");
        set_mark(admin, live, mark);
    }
    open_to_the_application(*server, fence);
    say_left_behind(old.name);
    m_ports.console.info("instance " + old.name +
                         " is kept as it is; when nobody needs it any more: " + engine->drop_command(old.name));
    return {{"server", server->name},
            {"old_server", old.name},
            {"old_host", old.host},
            {"old_port", old.port},
            {"losses", to_json(m_facts.losses)}};
}

/// The snapshot was taken while a fence kept the application's roles out, and they are out on the new server whether or
/// not it is up now.
void Rollback::open_to_the_application(const ManagedServer& server, const std::optional<RaisedFence>& fence) {
    Databases& databases = m_ports.databases;
    const bool closes = m_ports.pipeline.writes == Writes::closed;
    const RaisedFence all{"closed", databases.live_name(), m_ports.pipeline.database.app_roles, std::nullopt};
    if (closes && fence) {
        Session old = databases.open(databases.admin_url(), "fence");
        lift_fence(old, *fence, work_prefix(databases.scope()));
    }
    databases.move_to_server(server.host, std::to_string(server.port));
    if (!closes) return;
    Session admin = databases.open(databases.admin_url(), "fence");
    lift_fence(admin, all, work_prefix(databases.scope()));
}

}  // namespace lastgood
