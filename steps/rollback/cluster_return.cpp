#include "steps/rollback/cluster_return.hpp"

#include "core/failure.hpp"
#include "core/names.hpp"
#include "core/quantity.hpp"
#include "database/closed_database.hpp"
#include "database/swap.hpp"
#include "outside/clock.hpp"
#include "outside/console.hpp"
#include "outside/interruption.hpp"
#include "outside/process.hpp"

#include <thread>

namespace lastgood {

namespace {

using std::chrono::milliseconds;

constexpr const char* k_note = "cluster_return";
constexpr std::chrono::minutes k_archive_patience{2};
/// As long as a swap may take.
constexpr milliseconds k_closed{10000};
/// After the stop command has ended.
constexpr std::chrono::seconds k_stop_patience{30};
constexpr milliseconds k_look_again{100};

std::string timeline_of(Session& session) {
    return session.value("select left(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 8)").value_or("");
}

Json to_json(const IssuedNumbers& issued) {
    Json list = Json::array();
    for (const auto& [name, last] : issued)
        if (last) list.push_back({name.first, name.second, *last});
    return list;
}

/// So that the stop need not write everything while nobody can work. Not everybody may.
void checkpoint(Session& session) {
    try {
        session.execute("CHECKPOINT");
    } catch (const DatabaseError& error) {
        if (error.connection_lost()) throw;
    }
}

}  // namespace

ClusterReturn::ClusterReturn(Ports ports, std::unique_ptr<ClusterEngine> engine, ClusterPoint point)
    : m_ports(std::move(ports)), m_engine(std::move(engine)), m_point(std::move(point)) {}

void ClusterReturn::perform(const DatabaseIdentity& live, const std::function<void(Session& live)>& last_look) {
    const Databases& databases = m_ports.databases;
    {
        // Before anybody is kept out: does the archive take what we are about to leave behind?
        Session session = databases.live("return");
        const NamedPoint failed =
            make_point(session, "lastgood_failed_" + short_hash(m_ports.record.run_id()) + "_" + compact_time(now()));
        m_ports.console.progress("waiting until what is live now is in the archive");
        wait_until_archived(session, failed, k_archive_patience);
        note(failed, issued_numbers(session));
        checkpoint(session);
    }
    ClosedDatabase closed(databases.maintenance_url(), databases.work_name("return"), live.name, live.oid, k_closed,
                          m_ports.interruption);
    last_look(closed.live());
    m_ports.interruption.check();
    // From here on a signal would only leave the server stopped for longer.
    const Interruption::Shield shield(m_ports.interruption);
    const NamedPoint last = make_point(closed.live(), "lastgood_last_" + compact_time(now()));
    try {
        stop();
    } catch (Failure& failure) {
        if (look() != Server::up) throw;
        closed.open();
        throw failure.with_code(ExitCode::failed_clean).with_changed("nothing; the release is live and open");
    }
    closed.let_go();
    try {
        m_engine->require_archived(m_point, last.segment);
    } catch (const Failure& failure) {
        start_again_as_it_was(failure);
    }
    restore_and_start();
}

void ClusterReturn::note(const NamedPoint& failed, const IssuedNumbers& issued) {
    m_ports.record.append(
        "note", "rollback",
        {{"name", k_note},
         {"value",
          {{"timeline", failed.segment.substr(0, 8)}, {"failed", failed.name}, {"sequences", to_json(issued)}}}});
}

IssuedNumbers ClusterReturn::noted_numbers() const {
    IssuedNumbers issued;
    const RunState run = m_ports.record.state();
    const auto noted = run.notes.find(k_note);
    if (noted == run.notes.end()) return issued;
    for (const Json& entry : noted->second.value("sequences", Json::array()))
        issued.emplace(std::pair(entry.at(0).get<std::string>(), entry.at(1).get<std::string>()),
                       entry.at(2).get<std::int64_t>());
    return issued;
}

void ClusterReturn::run_command(const Argv& argv, const std::string& what, const char* changed) const {
    m_ports.console.debug(say_command(argv));
    Command command;
    command.argv = argv;
    const ProcessResult result = m_ports.processes.run(command);
    if (result.ok()) return;
    throw Failure(ExitCode::failed_changed, what + " failed: " + result.say_end(), changed,
                  "mend what it says, then lastgood rollback   goes on from there")
        .with_detail(result.tail() + "\n" + say_command(argv));
}

ClusterReturn::Server ClusterReturn::look() const {
    try {
        Session session = m_ports.databases.maintenance("look");
        return session.value("select pg_catalog.pg_is_in_recovery()") == "t" ? Server::recovering : Server::up;
    } catch (const Failure& failure) {
        // "the database system is starting up" and its like: somebody answers.
        const bool answers = failure.what_happened().find("the database system is") != std::string::npos ||
                             failure.detail().find("the database system is") != std::string::npos;
        return answers ? Server::recovering : Server::stopped;
    }
}

void ClusterReturn::stop() {
    run_command(m_ports.pipeline.capture.pgbackrest->stop, "stopping the server",
                "perhaps the server is stopped; its data is as it was");
    const auto deadline = std::chrono::steady_clock::now() + k_stop_patience;
    while (look() != Server::stopped) {
        if (std::chrono::steady_clock::now() > deadline)
            throw Failure(
                ExitCode::failed_changed,
                "the stop command ended well, but the server still answers " + say_duration(k_stop_patience) + " later",
                "connections were ended", "let pgbackrest.stop really stop this server, then lastgood rollback");
        std::this_thread::sleep_for(k_look_again);
    }
}

void ClusterReturn::start_again_as_it_was(const Failure& why) {
    run_command(m_ports.pipeline.capture.pgbackrest->start, "starting the server again as it was",
                "the server is stopped; its data is as it was");
    wait_until_ready();
    m_ports.take_lock_again();
    Session session = m_ports.databases.maintenance("open");
    lift_connection_fence(session, m_ports.databases.live_name());
    throw Failure(ExitCode::failed_changed,
                  why.what_happened() + ": nothing is restored over what may be the only copy",
                  "the server was restarted; the release is live and open", why.next() + "; then lastgood rollback");
}

void ClusterReturn::restore_and_start() {
    const Argv& start = m_ports.pipeline.capture.pgbackrest->start;
    m_ports.console.progress("restoring the cluster over " + m_point.data_directory);
    try {
        m_engine->restore_over(m_point);
    } catch (const Failure& failure) {
        throw Failure(ExitCode::failed_changed, failure.what_happened(),
                      "the server is stopped, its data directory partly restored",
                      "mend what pgBackRest says, then lastgood rollback   restores again")
            .with_detail(failure.detail());
    }
    run_command(start, "starting the restored server", "the server is stopped; its data directory is restored");
    wait_until_ready();
    m_ports.take_lock_again();
    Session session = m_ports.databases.maintenance("open");
    lift_connection_fence(session, m_ports.databases.live_name());
    move_sequences();
}

void ClusterReturn::wait_until_ready() const {
    m_ports.console.progress("waiting for the server");
    const milliseconds patience = m_ports.pipeline.capture.pgbackrest->timeout;
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (look() != Server::up) {
        if (std::chrono::steady_clock::now() > deadline)
            throw Failure(ExitCode::in_doubt, "the server was not ready within " + say_duration(patience),
                          "its data directory is restored, and it was started",
                          "look at the server's log; lastgood rollback   waits again");
        m_ports.interruption.wait(k_look_again);
    }
}

/// Numbers that were issued since are not issued again.
void ClusterReturn::move_sequences() const {
    try {
        Session live = m_ports.databases.live("sequences");
        move_sequences_beyond(noted_numbers(), live, m_ports.pipeline.rollback.sequence_margin);
    } catch (const DatabaseError& error) {
        m_ports.console.warning("sequences could not be moved beyond the numbers that were issued: " + error.primary());
    }
}

void ClusterReturn::finish_interrupted() {
    const Server server = look();
    if (server == Server::up) return;
    m_ports.console.warning(server == Server::stopped
                                ? "the server is stopped: a rollback was interrupted; its restore is done again"
                                : "the server is recovering: a rollback was interrupted");
    if (server == Server::stopped) return restore_and_start();
    wait_until_ready();
    move_sequences();
}

bool ClusterReturn::is_done(const RunState& run, Session& live) {
    const auto noted = run.notes.find(k_note);
    return noted != run.notes.end() && timeline_of(live) > noted->second.value("timeline", "");
}

std::string ClusterReturn::by_hand() const {
    const PgBackRestSettings& settings = *m_ports.pipeline.capture.pgbackrest;
    return "by hand:\n  " + say_command(settings.stop) + "\n  " + m_engine->restore_over_command(m_point) + "\n  " +
           say_command(settings.start);
}

std::string ClusterReturn::way_to_the_failed(const RunState& run) const {
    const auto noted = run.notes.find(k_note);
    if (noted == run.notes.end()) return "";
    const std::string timeline = noted->second.value("timeline", "");
    return "what was live before stays in pgBackRest's archive until its retention lets it go; back to it, with the "
           "server stopped: pgbackrest --stanza=" +
           m_point.stanza + " --delta --set=" + m_point.label +
           " --type=name --target=" + noted->second.value("failed", "") +
           " --target-action=promote --target-timeline=" +
           std::to_string(std::stoul(timeline.empty() ? "0" : timeline, nullptr, 16)) + " restore";
}

}  // namespace lastgood
