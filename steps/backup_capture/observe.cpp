#include "database/beside.hpp"
#include "database/server.hpp"
#include "record/protection.hpp"
#include "step/keeping.hpp"
#include "steps/backup_capture/capture.hpp"
#include "store/store.hpp"

#include <algorithm>

namespace lastgood {

namespace {

bool has_room_question(const Pipeline& pipeline) {
    return pipeline.capture.prove == Prove::restore && !pipeline.capture.prove_url && !pipeline.capture.pgbackrest;
}

}  // namespace

CaptureFacts Capture::observe() {
    const Pipeline& pipeline = m_ports.pipeline;
    CaptureFacts facts;
    facts.restore_point = m_id;
    facts.run = m_ports.run.id();
    facts.database = m_ports.databases.live_name();

    Session live = m_ports.databases.live("observe");
    facts.database_size = database_size(live, facts.database);
    const RoleFacts role = role_facts(live);
    facts.role = role.name;
    facts.may_create_databases = role.createdb || role.superuser;
    facts.owns_database = role.owns_database || role.superuser;
    facts.store_free = m_ports.restore_points.store().free_space();
    if (has_room_question(pipeline)) facts.server_free = server_free_space(live);
    m_programs = std::make_unique<ClientPrograms>(
        ClientPrograms::of_major(live.server_version() / 10000, m_ports.processes, m_ports.environment));

    const Protection& protection = *m_ports.restore_points.protection();
    protection.require_signing_key();
    facts.encrypted = protection.encrypts();
    facts.locked = protection.encrypts() && !protection.can_decrypt();
    facts.can_mirror = engine(pipeline.capture.engine)->can_mirror();
    facts.at_stake = m_ports.run.state().at_stake();

    const auto manifest = m_ports.restore_points.manifest(m_id);
    facts.manifest_there = manifest.has_value();
    if (manifest) facts.proof = m_ports.restore_points.proof(m_id);

    Session maintenance = m_ports.databases.maintenance("observe");
    facts.marked = marked_databases(maintenance, m_ports.databases.scope());
    for (const auto& database : facts.marked)
        // Of another run, or of an earlier attempt of this one.
        if (database.mark.restore_point != m_id && m_ports.restore_points.manifest(database.mark.restore_point))
            facts.replaceable_runs.push_back(database.mark.run);
    if (pipeline.capture.prove_url) facts.left_on_prove_server = left_on_prove_server(identify(live), facts.marked);
    const CaptureSettings& settings = pipeline.capture;
    // This run's own is about to be one of the newest.
    facts.expendable =
        expendable_points(m_ports.restore_points, {settings.keep_last - 1, settings.keep_for, settings.keep_good},
                          {m_id}, m_ports.console);
    if (is_cluster_engine(pipeline.capture.engine)) {
        facts.cluster = look_at_cluster(live, pipeline, *cluster_engine(pipeline.capture.engine));
        facts.database_size = facts.cluster->size;
    }
    facts.instance = is_instance_engine(pipeline.capture.engine);
    facts.fence_wanted = m_ports.fences.needs_no_driver() && !m_ports.fences.stands(m_ports.run.state());
    facts.holds_traffic = pipeline.writes == Writes::closed;
    return facts;
}

/// Where the proof is on a server of its own, nothing else tells of the copies that killed programs left there.
std::vector<std::string> Capture::left_on_prove_server(const DatabaseIdentity& live,
                                                       const std::vector<MarkedDatabase>& beside) const {
    Session session = m_ports.databases.open(m_ports.databases.prove_url(), "observe");
    std::vector<std::string> names;
    for (const auto& database : marked_databases(session, m_ports.databases.scope())) {
        const std::string& kind = database.mark.kind;
        const bool copy = kind == "copy" || kind == k_proven_mark || kind == k_rehearsal_mark;
        const bool other = database.mark.restore_point != m_id && database.mark.original == live.oid;
        // prove.url may be another database of the same server.
        const bool known =
            std::any_of(beside.begin(), beside.end(), [&](const auto& each) { return each.name == database.name; });
        if (copy && other && !known) names.push_back(database.name);
    }
    return names;
}

Plan Capture::plan() {
    return decide(observe(), m_ports.pipeline.capture);
}

}  // namespace lastgood
