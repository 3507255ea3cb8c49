// How a restore point is proven: by reading it, by restoring it, or by restoring what passes by while it is taken.
#include "backup/prove_cluster.hpp"
#include "backup/restore_beside.hpp"
#include "backup/vacuum.hpp"
#include "core/failure.hpp"
#include "database/server.hpp"
#include "outside/clock.hpp"
#include "record/point_reader.hpp"
#include "record/protection.hpp"
#include "step/standby.hpp"
#include "steps/backup_capture/capture.hpp"
#include "store/store.hpp"

namespace lastgood {

bool Capture::proves_in_passing() const {
    const Protection& protection = *m_ports.restore_points.protection();
    return protection.encrypts() && !protection.can_decrypt() && m_ports.pipeline.capture.prove == Prove::restore;
}

CopyOrder Capture::copy_of(const Manifest& manifest, const std::string& digest) const {
    return copy_order(manifest, digest, m_ports.databases, m_ports.databases.prove_url(),
                      m_ports.pipeline.capture.prove_jobs);
}

RestoreResult Capture::prove_in_passing(
    const Manifest& manifest, const std::function<Expected(const std::optional<ConnectionUrl>& mirror)>& capture) {
    const CopyOrder order = copy_of(manifest, "");
    Session session = m_ports.databases.open(order.server, "prove");
    free_name_for_copy(session, order.server, order.name, m_ports.databases.scope());
    return fill_beside(engine_context(), order, capture);
}

void Capture::write_proof(const Manifest& manifest, const RestoreResult& result) {
    const CaptureSettings& settings = m_ports.pipeline.capture;
    const CopyOrder order = copy_of(manifest, m_ports.restore_points.manifest_digest(m_id));
    Session session = m_ports.databases.open(order.server, "prove");
    Proof proof{"restore",
                order.mark.manifest,
                say_time(server_time(session)),
                settings.prove_url ? order.server.address() : "beside",
                settings.keep_standby ? order.name : "",
                result.took_ms,
                result.tables,
                result.rows};
    if (settings.keep_standby) {
        freeze_kept(engine_context(), order.server.with_database(order.name), order.jobs);
        keep_as_standby(session, order.name, order.mark);
    }
    m_ports.restore_points.write_proof(m_id, proof);
    if (settings.keep_standby) return;
    if (m_ports.pipeline.has_step("migrate") && m_ports.pipeline.migrate.rehearse) {
        DatabaseMark mark = order.mark;
        mark.kind = k_proven_mark;
        return set_mark(session, order.name, mark);
    }
    drop_marked(session, order.server, order.name, m_ports.databases.scope(), {"copy"});
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
    const CopyOrder order = copy_of(manifest, m_ports.restore_points.manifest_digest(m_id));
    const auto objects = m_ports.restore_points.open(manifest);
    Session session = m_ports.databases.open(order.server, "prove");
    // A kept copy that is no longer sealed proves nothing.
    free_name_for_copy(session, order.server, order.name, m_ports.databases.scope());

    const RestoreResult result =
        restore_beside(*make_engine(manifest.engine, engine_context()), engine_context(), order, *objects);
    write_proof(manifest, result);
    return {{"method", "restore"},
            {"tables", result.tables},
            {"rows", result.rows},
            {"standby", m_ports.pipeline.capture.keep_standby ? order.name : ""}};
}

/// The cluster as it was runs on this machine while it is compared, and is gone again afterwards.
Json Capture::prove_cluster(const Manifest& manifest) {
    const auto objects = m_ports.restore_points.open(manifest);
    Session live = m_ports.databases.live("prove");
    const RestoreResult proven =
        prove_in_scratch(*cluster_engine(manifest.engine), engine_context(), manifest, *objects,
                         {m_ports.databases.scope(), live.value("select current_user").value_or(""),
                          m_ports.pipeline.capture.prove_jobs});
    m_ports.restore_points.write_proof(
        m_id, {"restore", m_ports.restore_points.manifest_digest(m_id), say_time(server_time(live)), "scratch", "",
               proven.took_ms, proven.tables, proven.rows});
    return {{"method", "restore"}, {"tables", proven.tables}, {"rows", proven.rows}};
}

/// On a server of its own, which stays where a standby is wanted.
Json Capture::prove_instance(const Manifest& manifest) {
    const auto made = make_instance_engine(manifest.engine, engine_context());
    const auto objects = m_ports.restore_points.open(manifest);
    const bool keep = m_ports.pipeline.capture.keep_standby;
    const RestoreResult proven = prove_aside(*made, engine_context(), manifest, *objects, m_ports.databases.live_url(),
                                             m_ports.pipeline.capture.prove_jobs);
    const auto server = made->aside(manifest.id);
    const std::string standby = keep && server ? server->name : "";
    Session live = m_ports.databases.live("prove");
    m_ports.restore_points.write_proof(
        m_id, {"restore", m_ports.restore_points.manifest_digest(m_id), say_time(server_time(live)),
               server ? server->host : "", standby, proven.took_ms, proven.tables, proven.rows});
    if (!keep) made->drop_aside(manifest.id);
    return {{"method", "restore"}, {"tables", proven.tables}, {"rows", proven.rows}, {"standby", standby}};
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
