#include "steps/migrate/rehearsal_clone.hpp"

#include "core/failure.hpp"
#include "core/names.hpp"
#include "database/clone.hpp"
#include "database/properties.hpp"
#include "outside/console.hpp"
#include "outside/interruption.hpp"
#include "record/point_reader.hpp"
#include "step/standby.hpp"
#include "step/world.hpp"
#include "steps/migrate/rehearsal.hpp"

#include <algorithm>

namespace lastgood {

RehearsalClone::RehearsalClone(Ports ports, const EngineContext& context, const Manifest& manifest,
                               const std::string& digest)
    : m_ports(ports),
      m_context(context),
      m_manifest(manifest),
      m_server(ports.databases.prove_url()),
      m_name(Rehearsal::database_name(ports.databases.live_name(), manifest.id)) {
    DatabaseMark mark = copy_order(manifest, digest, ports.databases, m_server, 1).mark;
    mark.kind = k_rehearsal_mark;
    Session session(m_server, m_context.application_name, m_context.interruption);
    const auto marked = marked_databases(session, ports.databases.scope());
    const auto copy = std::find_if(marked.begin(), marked.end(), [&](const MarkedDatabase& database) {
        return database.mark.kind == k_proven_mark && database.mark.restore_point == manifest.id &&
               database.mark.manifest == digest;
    });
    if (copy != marked.end()) {
        // From now on it is nothing else any more: whoever finds it may drop it.
        m_name = copy->name;
        set_mark(session, m_name, mark);
        return;
    }
    try {
        make(session, mark, marked);
    } catch (...) {
        drop();
        throw;
    }
}

void RehearsalClone::make(Session& session, const DatabaseMark& mark, const std::vector<MarkedDatabase>& marked) {
    free_name_for_clone(session, m_server, m_name, mark.scope);
    const auto standby = find_standby(marked, m_manifest.id, mark.manifest);
    m_ports.console.progress(standby ? "cloning the standby" : "restoring " + m_manifest.id + " for the rehearsal");
    if (standby)
        create_clone(session, standby->name, m_name, mark);
    else
        create_beside(session, m_name, m_manifest.properties, mark);
    if (!standby) restore(url());
    apply_properties(session, m_name, m_manifest.properties);
}

void RehearsalClone::restore(const ConnectionUrl& target) {
    const auto objects = m_ports.restore_points.open(m_manifest);
    if (objects->locked())
        throw Failure(ExitCode::refused,
                      "the restore point is encrypted, and neither a standby nor an identity is there to rehearse with",
                      "nothing", "standby: keep; or set LASTGOOD_AGE_IDENTITY_FILE");
    objects->check_if_near();
    make_engine(m_manifest.engine, m_context)->restore(*objects, target, m_ports.pipeline.capture.prove_jobs);
}

RehearsalClone::~RehearsalClone() {
    drop();
}

void RehearsalClone::drop() noexcept {
    const Interruption::Shield shield(m_context.interruption);
    try {
        Session session(m_server, m_context.application_name, m_context.interruption);
        if (database_exists(session, m_name))
            drop_marked(session, m_server, m_name, m_ports.databases.scope(), {k_rehearsal_mark});
    } catch (const std::exception& error) {
        m_context.console.warning("the rehearsal's database " + m_name + " could not be dropped: " + error.what() +
                                  "; the next backup-capture drops it");
    }
}

}  // namespace lastgood
