#include "steps/backup_capture/capture.hpp"

#include "backup/keyed_digests.hpp"
#include "backup/restore_beside.hpp"
#include "core/failure.hpp"
#include "core/quantity.hpp"
#include "database/catalogue.hpp"
#include "database/contents.hpp"
#include "database/exported_snapshot.hpp"
#include "database/properties.hpp"
#include "database/schema_dump.hpp"
#include "database/server.hpp"
#include "outside/console.hpp"
#include "outside/files.hpp"
#include "record/json_values.hpp"
#include "record/point_writer.hpp"
#include "record/protection.hpp"
#include "step/drift.hpp"
#include "store/store.hpp"

#include <future>

namespace lastgood {

namespace {

/// {token, position}: how to find a backup that the platform took for this attempt, and where the database was before.
constexpr const char* k_begun_backup = "begun_backup";

/// What a report says of it when it has left the store.
Json captured(const Manifest& manifest, const std::vector<ObjectFacts>& objects) {
    std::uint64_t rows = 0;
    std::uint64_t bytes = 0;
    for (const auto& table : manifest.contents.tables) rows += table.rows;
    for (const auto& object : objects) bytes += object.size;
    Json json{{"restore_point", manifest.id},
              {"engine", manifest.engine},
              {"taken_at", manifest.taken_at},
              {"tables", manifest.contents.tables.size()},
              {"rows", rows},
              {"bytes", bytes}};
    if (manifest.fits) json.update({{"fits", *manifest.fits}, {"fits_commit", manifest.fits_revision.commit}});
    return json;
}

}  // namespace

Capture::Capture(Ports ports)
    : m_ports(std::move(ports)), m_id(restore_point_id(m_ports.databases.scope(), m_ports.run.state())) {}

EngineContext Capture::engine_context() {
    return {*m_programs,
            m_ports.processes,
            m_ports.console,
            m_ports.databases.work_name("capture"),
            m_ports.databases.leftover_mark(),
            m_ports.databases.interruption(),
            m_ports.heroku,
            m_ports.aws};
}

/// The backup that an earlier program of this attempt had somebody else begin: good as long as no transaction began
/// since that could have written.
std::string Capture::begun_earlier(const std::string& position) const {
    const RunState run = m_ports.run.state();
    const auto note = run.notes.find(k_begun_backup);
    if (note == run.notes.end() || !note->second.is_object()) return "";
    return note->second.value("position", "") == position ? note->second.value("token", "") : "";
}

void Capture::note_begun(const std::string& token, const std::string& position) {
    m_ports.run.record().append("note", "backup-capture",
                                {{"name", k_begun_backup}, {"value", {{"token", token}, {"position", position}}}});
}

std::unique_ptr<Engine> Capture::engine(const std::string& name) {
    if (is_cluster_engine(name)) return cluster_engine(name);
    if (is_instance_engine(name)) return make_instance_engine(name, engine_context());
    return make_engine(name, engine_context());
}

std::unique_ptr<ClusterEngine> Capture::cluster_engine(const std::string& name) {
    return make_cluster_engine(name, engine_context(), m_ports.pipeline.capture);
}

Json Capture::act(const PlannedAction& action) {
    if (action.id == "capture") return capture();
    if (action.id == "raise-fence") {
        m_ports.fences.raise(m_ports.run.record());
        return Json::object();
    }
    if (action.id == "prove") {
        const Manifest manifest = *m_ports.restore_points.manifest(m_id);
        if (m_ports.pipeline.capture.prove != Prove::restore) return prove_by_listing(manifest);
        if (is_instance_engine(manifest.engine)) return prove_instance(manifest);
        return is_cluster_engine(manifest.engine) ? prove_cluster(manifest) : prove_by_restoring(manifest);
    }
    if (action.data.contains("database")) {
        const bool there = action.data.contains("on");
        const ConnectionUrl server = there ? m_ports.databases.prove_url() : m_ports.databases.maintenance_url();
        Session session = m_ports.databases.open(server, "drop");
        drop_marked(session, server, action.data["database"], m_ports.databases.scope(),
                    {"copy", "standby", k_proven_mark, k_rehearsal_mark});
        return Json::object();
    }
    m_ports.restore_points.remove(action.data.at("restore_point"));
    return Json::object();
}

DatabaseProperties Capture::properties_before_fence(Session& session) const {
    DatabaseProperties properties = read_properties(session, m_ports.databases.live_name());
    const auto fence = Fences::noted(m_ports.run.state());
    if (!fence || fence->kind != "read_only") return properties;
    // The fence is a setting of the database itself: what is kept is what was there before it.
    auto& settings = properties.settings[""];
    std::erase_if(settings,
                  [](const std::string& entry) { return entry.starts_with("default_transaction_read_only="); });
    if (fence->read_only_before) settings.push_back("default_transaction_read_only=" + *fence->read_only_before);
    if (settings.empty()) properties.settings.erase("");
    return properties;
}

Manifest Capture::describe(Session& snapshot) {
    const RunState run = m_ports.run.state();
    Manifest manifest;
    manifest.id = m_id;
    manifest.run = run.id;
    manifest.attempt = run.attempt;
    manifest.engine = m_ports.pipeline.capture.engine;
    manifest.taken_at = say_time(server_time(snapshot));
    manifest.database = identify(snapshot);
    manifest.server_version = snapshot.server_version();
    manifest.client_version = m_programs->version();
    manifest.pinned = run.revision;
    manifest.properties = properties_before_fence(snapshot);
    for (const auto& row :
         snapshot.query("select s.subname from pg_subscription s join pg_database d on d.oid = s.subdbid "
                        "where d.datname = current_database() order by 1"))
        manifest.subscriptions.push_back(row[0].value_or(""));
    if (m_ports.pipeline.has_step("migrate"))
        manifest.schema.heads = m_ports.project.framework(snapshot.server_version())->migrations().applied;
    if (const auto good = m_ports.good_releases.newest()) {
        manifest.fits = good->number;
        manifest.fits_revision = good->revision;
    }
    return manifest;
}

Expected Capture::capture_contents(Engine& engine, Manifest& manifest, ExportedSnapshot& snapshot, PointWriter& target,
                                   const std::optional<ConnectionUrl>& mirror) {
    const CaptureSettings& settings = m_ports.pipeline.capture;
    const Databases& databases = m_ports.databases;
    Catalogue catalogue = read_tables_and_sequences(snapshot.session());
    snapshot.hold(catalogue.tables);
    auto schema = std::async(std::launch::async, [&] {
        return normalised_schema(*m_programs, databases.live_url(), snapshot.id(), databases.work_name("schema"),
                                 m_ports.processes, databases.leftover_mark());
    });
    const std::string position = snapshot.position();
    const auto known = engine.capture({databases.live_url(), snapshot.id(), catalogue.tables, settings.jobs,
                                       settings.compress, target, mirror, begun_earlier(position),
                                       [&](const std::string& token) { note_begun(token, position); }});
    Expected seen;
    seen.schema = schema.get();
    target.put(k_schema_object, seen.schema);
    manifest.schema.fingerprint = sha256(seen.schema);
    seen.contents = read_contents(databases.live_url(), databases.work_name("digest"), snapshot.id(), settings.jobs,
                                  databases.interruption(), {}, known);
    // No snapshot holds a sequence: what is promised is what it had before the engine read it, or more.
    seen.contents.sequences = engine.promised(catalogue.sequences);
    manifest.contents = seen.contents;
    return seen;
}

void Capture::discard() {
    try {
        m_ports.restore_points.discard(m_id);
    } catch (const StoreError& error) {
        m_ports.console.warning("what was written of " + m_id + " could not be removed: " + error.what() +
                                "; the next capture of this run or lastgood backups prune removes it");
    }
}

Json Capture::capture() {
    if (proves_in_passing()) m_ports.restore_points.remove(m_id);  // of a killed program: complete, and never proven
    const auto target = m_ports.restore_points.begin(m_id);
    Manifest manifest;
    std::optional<RestoreResult> proven;
    try {
        const auto made = engine(m_ports.pipeline.capture.engine);
        const auto snapshot = made->snapshot(m_ports.databases.live_url(), m_ports.databases.work_name("snapshot"),
                                             m_ports.databases.interruption(), m_id);
        manifest = describe(snapshot->session());
        manifest.snapshot = snapshot->position();
        const auto capture = [&](const std::optional<ConnectionUrl>& mirror) {
            return capture_contents(*made, manifest, *snapshot, *target, mirror);
        };
        if (proves_in_passing()) {
            proven = prove_in_passing(manifest, capture);
        } else {
            capture(std::nullopt);
        }
        if (m_ports.restore_points.protection()->encrypts()) {
            const std::string key = new_digest_key();
            target->put(k_digest_key_object, key);
            key_digests(manifest.contents, key);
        }
    } catch (const StoreError& error) {
        discard();  // a full disk is not kept full
        throw Failure(ExitCode::failed_clean, "the restore point could not be written: " + std::string(error.what()),
                      "nothing",
                      error.full() ? "free room in the store, then lastgood backup-capture"
                                   : "lastgood check   tells whether the store can be written");
    } catch (...) {
        discard();
        throw;
    }
    m_ports.restore_points.publish(manifest, *target);
    if (proven) write_proof(manifest, *proven);

    if (const auto drift = drift_since(m_ports.good_releases, manifest.schema.fingerprint, ""))
        m_ports.console.warning(drift->say());
    return captured(manifest, target->objects());
}

}  // namespace lastgood
