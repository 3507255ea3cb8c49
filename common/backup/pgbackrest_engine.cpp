#include "backup/pgbackrest_engine.hpp"

#include "backup/pgbackrest.hpp"
#include "core/failure.hpp"
#include "core/names.hpp"
#include "core/quantity.hpp"
#include "database/named_point.hpp"
#include "database/session.hpp"
#include "outside/clock.hpp"
#include "outside/console.hpp"
#include "outside/files.hpp"

namespace lastgood {

namespace {

/// pgBackRest's own archive-timeout is a minute; asynchronous archiving may have a queue before it.
constexpr std::chrono::minutes k_archive_patience{5};

std::string tablespaces_of(Session& session) {
    return session
        .value(
            "select coalesce(string_agg(oid || ' ' || pg_catalog.pg_tablespace_location(oid), ',' order by oid), '') "
            "from pg_catalog.pg_tablespace")
        .value_or("");
}

/// They are in no backup and in no write-ahead log: a restore has them empty.
std::vector<TableDigest> unlogged_tables(Session& session) {
    std::vector<TableDigest> empty;
    for (const auto& row :
         session.query("select oid from pg_catalog.pg_class where relpersistence = 'u' and relkind = 'r' order by 1"))
        empty.push_back({static_cast<std::uint32_t>(std::stoul(*row[0])), 0, "0/0"});
    return empty;
}

class PgBackRestEngine : public ClusterEngine {
  public:
    PgBackRestEngine(const EngineContext& context, const PgBackRestSettings& settings)
        : m_context(context), m_settings(settings), m_program(settings, context) {}

    std::string name() const override { return "pgbackrest"; }
    std::unique_ptr<ExportedSnapshot> snapshot(const ConnectionUrl& url, const std::string& application_name,
                                               Interruption& interruption, const std::string& restore_point) override;
    std::vector<SequenceFacts> promised(std::vector<SequenceFacts> seen) const override;
    std::vector<TableDigest> capture(const CaptureOrder& order) override;
    void list(PointReader& objects) override;
    std::unique_ptr<ScratchServer> restore_aside(PointReader& objects, const ScratchAccess& access) override;
    std::unique_ptr<HostLock> lock(const ClusterPoint& point) override {
        return std::make_unique<HostLock>(m_settings.on_host, point.data_directory, m_context.processes);
    }
    void restore_over(const ClusterPoint& point) override { m_program.restore_over(point); }
    void require_archived(const ClusterPoint& point, const std::string& segment) override;
    std::string restore_over_command(const ClusterPoint& point) override {
        return say_command(m_program.restore_over_command(point));
    }
    std::string system_identifier() override { return m_program.stanza().system_identifier; }

  private:
    ProcessResult on_host(std::vector<std::string> argv) const;

    EngineContext m_context;
    const PgBackRestSettings& m_settings;
    PgBackRest m_program;
    ClusterPoint m_point;  ///< of the snapshot that was taken last
    IssuedNumbers m_issued;
};

/// The backup first: a recovery can only end after it.
std::unique_ptr<ExportedSnapshot> PgBackRestEngine::snapshot(const ConnectionUrl& url,
                                                             const std::string& application_name,
                                                             Interruption& interruption,
                                                             const std::string& restore_point) {
    m_context.console.progress("backing up the cluster with pgBackRest");
    Session session(url, m_context.application_name, interruption);
    const std::string tablespaces = tablespaces_of(session);
    m_point = {};
    m_point.stanza = m_settings.stanza;
    m_point.label = m_program.back_up(restore_point);
    ExactPoint exact = make_exact_point(
        url, application_name, "lastgood_" + short_hash(restore_point) + "_" + compact_time(now()), interruption);
    // Replayed in a scratch server, its making would reach for the original's own place.
    if (tablespaces_of(session) != tablespaces)
        throw Failure(ExitCode::failed_clean, "a tablespace was made or dropped while the cluster was backed up",
                      "nothing; the backup stays in pgBackRest's repository",
                      "lastgood backup-capture   backs it up again");
    m_point.target = exact.point.name;
    m_point.lsn = exact.point.lsn;
    m_point.segment = exact.point.segment;
    m_point.timeline = exact.point.timeline;
    m_issued = std::move(exact.issued);
    return std::move(exact.snapshot);
}

/// What was issued after the point is not in it.
std::vector<SequenceFacts> PgBackRestEngine::promised(std::vector<SequenceFacts> seen) const {
    for (SequenceFacts& sequence : seen) {
        const auto issued = m_issued.find({sequence.schema, sequence.name});
        sequence.last_value = issued == m_issued.end() ? std::nullopt : issued->second;
    }
    return seen;
}

std::vector<TableDigest> PgBackRestEngine::capture(const CaptureOrder& order) {
    Session session(order.url, m_context.application_name, m_context.interruption);
    m_point.data_directory = session.value("show data_directory").value_or("");
    wait_until_archived(session, {m_point.target, m_point.lsn, m_point.segment, m_point.timeline}, k_archive_patience);
    write_cluster_point(order.target, m_point);
    auto unlogged = unlogged_tables(session);
    if (!unlogged.empty())
        m_context.console.warning(say_count(unlogged.size(), "unlogged table") +
                                  ": no backup holds their rows, they come back empty");
    return unlogged;
}

void PgBackRestEngine::list(PointReader& objects) {
    const ClusterPoint point = read_cluster_point(objects);
    if (find_backup(m_program.stanza(), point.label)) return;
    throw Failure(ExitCode::failed_clean,
                  "pgBackRest has no sound backup " + point.label + " of stanza \"" + point.stanza + "\" any more",
                  "nothing",
                  "lastgood backups list   shows the others; let repo1-retention-full keep more of them from now on");
}

std::unique_ptr<ScratchServer> PgBackRestEngine::restore_aside(PointReader& objects, const ScratchAccess& access) {
    const ClusterPoint point = read_cluster_point(objects);
    return std::make_unique<ScratchServer>(m_settings, m_context, access,
                                           [&](const std::string& data, const std::string& tablespaces) {
                                               m_program.restore_aside(point, data, tablespaces);
                                           });
}

ProcessResult PgBackRestEngine::on_host(std::vector<std::string> argv) const {
    argv.insert(argv.begin(), m_settings.on_host.begin(), m_settings.on_host.end());
    Command command;
    command.argv = std::move(argv);
    command.environment = {{"LC_ALL", "C"}};  // its words are read
    command.directory = "/";
    return m_context.processes.run(command);
}

void PgBackRestEngine::require_archived(const ClusterPoint& point, const std::string& segment) {
    const std::string next = "pgbackrest --stanza=" + point.stanza + " check   and archive_command in the server's log";
    const ProcessResult control = on_host(
        {(m_context.programs.server_directory() / "pg_controldata").string(), "--pgdata=" + point.data_directory});
    if (!control.ok() || control.out.find(" shut down\n") == std::string::npos)
        throw Failure(ExitCode::failed_clean, "the server did not end cleanly, or that cannot be told", "nothing",
                      "let pgbackrest.stop stop it in mode fast; pg_controldata must be on its host")
            .with_detail(control.ok() ? control.out.substr(0, 400) : control.tail());
    const ProcessResult waiting = on_host({"ls", "--", point.data_directory + "/pg_wal/archive_status"});
    if (!waiting.ok() || waiting.out.find(".ready\n") != std::string::npos)
        throw Failure(ExitCode::failed_clean, "what was written to the server is not all in the archive", "nothing",
                      next)
            .with_detail(waiting.ok() ? waiting.out : waiting.tail());
    const std::string scratch = "/tmp/lastgood-" + segment + "-" + short_hash(point.target);
    const bool there = m_program.has_segment(segment, point.data_directory, scratch);
    on_host({"rm", "-f", "--", scratch});
    if (there) return;
    throw Failure(ExitCode::failed_clean,
                  "pgBackRest does not have " + segment + ", the end of what was written to the server", "nothing",
                  next);
}

}  // namespace

std::unique_ptr<ClusterEngine> make_pgbackrest_engine(const EngineContext& context,
                                                      const PgBackRestSettings& settings) {
    return std::make_unique<PgBackRestEngine>(context, settings);
}

}  // namespace lastgood
