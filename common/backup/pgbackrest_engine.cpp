#include "backup/pgbackrest_engine.hpp"

#include "backup/pgbackrest.hpp"
#include "core/failure.hpp"
#include "core/names.hpp"
#include "database/named_point.hpp"
#include "database/session.hpp"
#include "outside/clock.hpp"
#include "outside/console.hpp"
#include "outside/files.hpp"

namespace lastgood {

namespace {

/// pgBackRest's own archive-timeout is a minute; asynchronous archiving may have a queue before it.
constexpr std::chrono::minutes k_archive_patience{5};

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
    std::unique_ptr<ScratchServer> restore_aside(PointReader& objects, const std::string& scope,
                                                 const std::string& role) override;
    void restore_over(const ClusterPoint& point) override { m_program.restore_over(point); }
    void require_archived(const ClusterPoint& point, const std::string& segment) override;
    std::string restore_over_command(const ClusterPoint& point) override {
        return say_command(m_program.restore_over_command(point));
    }
    std::string system_identifier() override { return m_program.stanza().system_identifier; }

  private:
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
    m_point = {};
    m_point.stanza = m_settings.stanza;
    m_point.label = m_program.back_up(restore_point);
    ExactPoint exact = make_exact_point(
        url, application_name, "lastgood_" + short_hash(restore_point) + "_" + compact_time(now()), interruption);
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
    return {};
}

void PgBackRestEngine::list(PointReader& objects) {
    const ClusterPoint point = read_cluster_point(objects);
    if (find_backup(m_program.stanza(), point.label)) return;
    throw Failure(ExitCode::failed_clean,
                  "pgBackRest has no sound backup " + point.label + " of stanza \"" + point.stanza + "\" any more",
                  "nothing",
                  "lastgood backups list   shows the others; let repo1-retention-full keep more of them from now on");
}

std::unique_ptr<ScratchServer> PgBackRestEngine::restore_aside(PointReader& objects, const std::string& scope,
                                                               const std::string& role) {
    const ClusterPoint point = read_cluster_point(objects);
    return std::make_unique<ScratchServer>(m_settings, m_context, scope, m_context.programs.server_directory(), role,
                                           [&](const std::string& data, const std::string& tablespaces) {
                                               m_program.restore_aside(point, data, tablespaces);
                                           });
}

void PgBackRestEngine::require_archived(const ClusterPoint& point, const std::string& segment) {
    const std::string scratch = "/tmp/lastgood-" + segment + "-" + short_hash(point.target);
    const bool there = m_program.has_segment(segment, point.data_directory, scratch);
    Command remove;
    remove.argv = m_settings.on_host;
    for (const char* word : {"rm", "-f", "--"}) remove.argv.emplace_back(word);
    remove.argv.push_back(scratch);
    remove.directory = "/";
    m_context.processes.run(remove);
    if (there) return;
    throw Failure(ExitCode::failed_clean,
                  "pgBackRest does not have " + segment + ", the end of what was written to the server", "nothing",
                  "pgbackrest --stanza=" + point.stanza + " check   and archive_command in the server's log");
}

}  // namespace

std::unique_ptr<ClusterEngine> make_pgbackrest_engine(const EngineContext& context,
                                                      const PgBackRestSettings& settings) {
    return std::make_unique<PgBackRestEngine>(context, settings);
}

}  // namespace lastgood
