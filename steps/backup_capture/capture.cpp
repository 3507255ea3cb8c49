#include "steps/backup_capture/capture.hpp"

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
#include "record/point_reader.hpp"
#include "record/point_writer.hpp"
#include "step/standby.hpp"
#include "store/store.hpp"

#include <future>

namespace lastgood {

Capture::Capture(Ports ports)
    : m_ports(std::move(ports)), m_id(restore_point_id(m_ports.databases.scope(), m_ports.run.state())) {}

EngineContext Capture::engine_context() {
    return {*m_programs,
            m_ports.processes,
            m_ports.console,
            m_ports.databases.work_name("capture"),
            m_ports.databases.leftover_mark(),
            m_ports.databases.interruption()};
}

std::unique_ptr<Engine> Capture::engine(const std::string& name) {
    return make_engine(name, engine_context());
}

Json Capture::act(const PlannedAction& action) {
    if (action.id == "capture") return capture();
    if (action.id == "raise-fence") {
        m_ports.fences.raise(m_ports.run.record());
        return Json::object();
    }
    if (action.id == "prove") {
        const Manifest manifest = *m_ports.restore_points.manifest(m_id);
        return m_ports.pipeline.capture.prove == Prove::restore ? prove_by_restoring(manifest)
                                                                : prove_by_listing(manifest);
    }
    if (action.data.contains("database")) {
        Session session = m_ports.databases.maintenance("drop");
        drop_marked(session, m_ports.databases.maintenance_url(), action.data["database"], m_ports.databases.scope(),
                    {"copy", "standby"});
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

ContentFacts Capture::capture_contents(Manifest& manifest, ExportedSnapshot& snapshot, PointWriter& target) {
    const CaptureSettings& settings = m_ports.pipeline.capture;
    const Databases& databases = m_ports.databases;
    Catalogue catalogue = read_tables_and_sequences(snapshot.session());
    snapshot.hold(catalogue.tables);
    auto schema = std::async(std::launch::async, [&] {
        return normalised_schema(*m_programs, databases.live_url(), snapshot.id(), databases.work_name("schema"),
                                 m_ports.processes, databases.leftover_mark());
    });
    const auto known = engine(manifest.engine)
                           ->capture({databases.live_url(), snapshot.id(), catalogue.tables, settings.jobs,
                                      settings.compress, target});
    const std::string text = schema.get();
    target.put(k_schema_object, text);
    manifest.schema.fingerprint = sha256(text);
    ContentFacts contents = read_contents(databases.live_url(), databases.work_name("digest"), snapshot.id(),
                                          settings.jobs, databases.interruption(), {}, known);
    // No snapshot holds a sequence: what is promised is what it had before the engine read it, or more.
    contents.sequences = catalogue.sequences;
    return contents;
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
    const auto target = m_ports.restore_points.begin(m_id);
    Manifest manifest;
    try {
        ExportedSnapshot snapshot(m_ports.databases.live_url(), m_ports.databases.work_name("snapshot"),
                                  m_ports.databases.interruption());
        manifest = describe(snapshot.session());
        manifest.snapshot = snapshot.position();
        manifest.contents = capture_contents(manifest, snapshot, *target);
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

    std::uint64_t rows = 0;
    for (const auto& table : manifest.contents.tables) rows += table.rows;
    if (const auto good = m_ports.good_releases.newest();
        good && good->schema.fingerprint != manifest.schema.fingerprint)
        m_ports.console.warning("the live schema is not the one of good release " + std::to_string(good->number) +
                                " (" + good->revision.commit.substr(0, 12) + "): somebody changed it since");
    return {{"restore_point", m_id},
            {"tables", manifest.contents.tables.size()},
            {"rows", rows},
            {"taken_at", manifest.taken_at}};
}

Json Capture::prove_by_listing(const Manifest& manifest) {
    const auto start = now();
    const auto objects = m_ports.restore_points.open(manifest);
    objects->check_if_near();
    engine(manifest.engine)->list(*objects);
    Proof proof;
    proof.method = "list";
    proof.manifest = m_ports.restore_points.manifest_digest(m_id);
    proof.at = say_time(now());
    proof.took_ms = (now() - start).count();
    proof.tables = static_cast<long long>(manifest.contents.tables.size());
    m_ports.restore_points.write_proof(m_id, proof);
    return {{"method", "list"}};
}

Json Capture::prove_by_restoring(const Manifest& manifest) {
    const CaptureSettings& settings = m_ports.pipeline.capture;
    const Databases& databases = m_ports.databases;
    const ConnectionUrl server = databases.prove_url();
    const std::string digest = m_ports.restore_points.manifest_digest(m_id);
    const auto objects = m_ports.restore_points.open(manifest);
    const RestoreOrder order = restore_order(manifest, digest, *objects, databases, server, settings.prove_jobs);
    Session session = databases.open(server, "prove");
    // A kept copy that is no longer sealed proves nothing.
    free_name_for_copy(session, server, order.name, databases.scope());

    const auto made = engine(manifest.engine);
    const RestoreResult result = restore_beside(*made, engine_context(), order);
    Proof proof{"restore",
                digest,
                say_time(server_time(session)),
                settings.prove_url ? server.address() : "beside",
                "",
                result.took_ms,
                result.tables,
                result.rows};
    if (settings.keep_standby) {
        keep_as_standby(session, order.name, order.mark);
        proof.standby = order.name;
    }
    m_ports.restore_points.write_proof(m_id, proof);
    if (!settings.keep_standby) drop_marked(session, server, order.name, databases.scope(), {"copy"});
    return {{"method", "restore"}, {"tables", result.tables}, {"rows", result.rows}, {"standby", proof.standby}};
}

Json Capture::prove() {
    const auto manifest = m_ports.restore_points.manifest(m_id);
    const bool wanted = m_ports.pipeline.capture.prove != Prove::none;
    if (!manifest || (wanted && !m_ports.restore_points.proof(m_id)))
        throw Failure(ExitCode::failed_clean, "restore point " + m_id + " is not in the store as it was written",
                      "nothing", "lastgood backup-capture   takes it again");
    return {{"restore_point", m_id},
            {"restore_point_address",
             m_ports.restore_points.store().address() + "/" + m_ports.restore_points.prefix(m_id)}};
}

}  // namespace lastgood
