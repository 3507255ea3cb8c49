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
#include "steps/rollback/issued_json.hpp"
#include "store/store.hpp"

namespace lastgood {

namespace {

using std::chrono::milliseconds;

constexpr const char* k_note = "cluster_return";
constexpr const char* k_stopping = "stopping";
constexpr const char* k_restoring = "restoring";
constexpr const char* k_restored = "restored";

constexpr std::chrono::minutes k_archive_patience{2};
/// As long as a swap may take.
constexpr milliseconds k_closing{10000};
/// The fence outlasts the stop by far: nobody may write between the last look and the end of the server.
constexpr std::chrono::minutes k_closed{7};
constexpr std::chrono::seconds k_leftover_grace{3};

std::string timeline_of(Session& session) {
    return session.value("select left(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 8)").value_or("");
}

/// So that the stop need not write everything while nobody can work. Not everybody may.
void checkpoint(Session& session) {
    try {
        session.execute("CHECKPOINT");
    } catch (const DatabaseError& error) {
        if (error.connection_lost()) throw;
    }
}

Json noted_in(const RunState& run) {
    const auto found = run.notes.find(k_note);
    return found == run.notes.end() || !found->second.is_object() ? Json::object() : found->second;
}

std::string phase_of(const RunState& run) {
    return noted_in(run).value("phase", "");
}

}  // namespace

ClusterReturn::ClusterReturn(Ports ports, std::unique_ptr<ClusterEngine> engine, ClusterPoint point)
    : m_ports(std::move(ports)),
      m_engine(std::move(engine)),
      m_point(std::move(point)),
      m_server(settings(), m_ports.databases, m_ports.console, m_ports.processes, m_ports.interruption) {}

void ClusterReturn::perform(const DatabaseIdentity& live, const std::function<void(Session& live)>& last_look) {
    const Databases& databases = m_ports.databases;
    const auto host = m_engine->lock(m_point);
    {
        // Before anybody is kept out: does the archive take what we are about to leave behind?
        Session session = databases.live("return");
        m_ports.console.progress("waiting until what is live now is in the archive");
        wait_until_archived(session, make_point(session, "lastgood_failed_" + compact_time(now())), k_archive_patience);
        checkpoint(session);
    }
    ClosedDatabase closed(databases.maintenance_url(), databases.work_name("return"), live.name, live.oid, k_closing,
                          k_closed, m_ports.interruption);
    last_look(closed.live());
    m_ports.interruption.check();
    // From here on a signal would only leave the server stopped for longer.
    const Interruption::Shield shield(m_ports.interruption);
    const NamedPoint last =
        make_point(closed.live(), "lastgood_failed_" + short_hash(m_ports.record.run_id()) + "_" + compact_time(now()));
    m_note = {{"timeline", last.segment.substr(0, 8)},
              {"failed", last.name},
              {"sequences", to_json(issued_numbers(closed.live()))}};
    note(k_stopping);
    try {
        if (!closed.holds())
            throw Failure(ExitCode::failed_clean, "somebody opened \"" + live.name + "\" while it was being closed",
                          "nothing; the release is live and open", "lastgood rollback   tries again");
        m_server.stop();
    } catch (Failure& failure) {
        if (m_server.look() != ClusterServer::State::up) throw;
        closed.open();
        forget();
        throw failure.with_code(ExitCode::failed_clean).with_changed("nothing; the release is live and open");
    }
    closed.let_go();
    try {
        m_engine->require_archived(m_point, last.segment);
    } catch (const Failure& failure) {
        start_again_as_it_was(failure);
    }
    note_or_start_again(k_restoring);
    restore_and_start();
}

void ClusterReturn::note(const std::string& phase) {
    m_note["phase"] = phase;
    m_ports.record.append("note", "rollback", {{"name", k_note}, {"value", m_note}});
}

/// Without a word in the record nobody would know that the restore may be done again.
void ClusterReturn::note_or_start_again(const std::string& phase) {
    try {
        note(phase);
    } catch (const StoreError& error) {
        start_again_as_it_was({ExitCode::failed_clean, "the record cannot be written: " + std::string(error.what()),
                               "nothing", "bring the store back"});
    }
}

void ClusterReturn::read_note() {
    m_note = noted_in(m_ports.record.state());
}

void ClusterReturn::forget() {
    read_note();
    if (!m_note.value("phase", "").empty()) note("");
}

bool ClusterReturn::is_under_way(const RunState& run) {
    return !phase_of(run).empty();
}

bool ClusterReturn::is_restored(const RunState& run) {
    return phase_of(run) == k_restored;
}

void ClusterReturn::start_again_as_it_was(const Failure& why) {
    m_server.start("starting the server again as it was", "the server is stopped; its data is as it was");
    {
        Session session = m_ports.databases.maintenance("open");
        lift_connection_fence(session, m_ports.databases.live_name());
    }
    try {
        forget();
    } catch (const StoreError& error) {  // who finds the server up then begins anew too
        m_ports.console.warning(std::string("the record cannot be written: ") + error.what());
    }
    m_ports.take_lock_again();
    throw Failure(ExitCode::failed_changed,
                  why.what_happened() + ": nothing is restored over what may be the only copy",
                  "the server was restarted; the release is live and open", why.next() + "; then lastgood rollback")
        .with_detail(why.detail());
}

void ClusterReturn::restore_and_start() {
    m_ports.console.progress("restoring the cluster over " + m_point.data_directory);
    try {
        m_engine->restore_over(m_point);
    } catch (const Failure& failure) {
        throw Failure(ExitCode::failed_changed, failure.what_happened(),
                      "the server is stopped, its data directory partly restored",
                      "mend what pgBackRest says, then lastgood rollback   restores again")
            .with_detail(failure.detail());
    }
    m_server.start("starting the restored server", "the server is stopped; its data directory is restored");
    settle();
}

/// The restored server is up: that it is the one, its sequences, and its lock.
void ClusterReturn::settle() {
    if (is_on_its_old_timeline())
        throw Failure(ExitCode::in_doubt,
                      "the server that is up is not the restored one: its write-ahead log goes on as before",
                      m_point.data_directory + " is restored; what is live is as it was, or another server",
                      "let pgbackrest.stop, start and on_host name the server of database.url; lastgood status");
    move_sequences();
    {
        Session session = m_ports.databases.maintenance("open");
        lift_connection_fence(session, m_ports.databases.live_name());
    }
    note(k_restored);
    try {
        m_ports.take_lock_again();
    } catch (const Failure& failure) {
        throw Failure(ExitCode::failed_changed, failure.what_happened(),
                      "the cluster is restored and live; the code is not returned yet",
                      "lastgood rollback   does the rest");
    }
}

/// A recovery that ends at a point begins a new one.
bool ClusterReturn::is_on_its_old_timeline() const {
    Session session = m_ports.databases.maintenance("look");
    return timeline_of(session) <= m_note.value("timeline", "");
}

/// Numbers that were issued since are not issued again.
void ClusterReturn::move_sequences() const {
    try {
        Session live = m_ports.databases.live("sequences");
        move_sequences_beyond(issued_from(m_note.value("sequences", Json::array())), live,
                              m_ports.pipeline.rollback.sequence_margin);
    } catch (const DatabaseError& error) {
        m_ports.console.warning("sequences could not be moved beyond the numbers that were issued: " + error.primary());
    }
}

void ClusterReturn::finish_interrupted() {
    read_note();
    const std::string phase = m_note.value("phase", "");
    if (phase.empty() || phase == k_restored) return;
    end_leftover_processes(m_ports.databases.leftover_mark(), k_leftover_grace);
    const auto host = m_engine->lock(m_point);
    m_server.wait_while_stopping();
    const ClusterServer::State server = m_server.look();
    if (phase == k_stopping) {
        // Others may have come in since nobody was left to keep them out: nothing is known of what they wrote.
        if (server == ClusterServer::State::stopped) {
            m_ports.console.warning(
                "a rollback was interrupted as it stopped the server: it is started as it was first");
            m_server.start("starting the server again as it was", "the server is stopped; its data is as it was");
        }
        return forget();
    }
    m_ports.console.warning(server == ClusterServer::State::stopped
                                ? "the server is stopped: a rollback was interrupted; its restore is done again"
                                : "a rollback was interrupted as the restored server started");
    if (server == ClusterServer::State::stopped) return restore_and_start();
    m_server.wait_until_ready();
    if (is_on_its_old_timeline()) {
        m_ports.console.warning("the server that is up is not the restored one: the rollback begins again");
        return forget();
    }
    settle();
}

std::string ClusterReturn::by_hand() const {
    return "by hand:\n  " + say_command(settings().stop) + "\n  " + m_engine->restore_over_command(m_point) + "\n  " +
           say_command(settings().start);
}

std::string ClusterReturn::way_to_the_failed(const RunState& run) const {
    const Json found = noted_in(run);
    const std::string timeline = found.value("timeline", "");
    if (timeline.empty()) return "";
    ClusterPoint failed = m_point;
    failed.target = found.value("failed", "");
    failed.timeline = std::to_string(std::stoul(timeline, nullptr, 16));
    return "what was live before stays in pgBackRest's archive until its retention lets it go; back to it, with the "
           "server stopped: " +
           m_engine->restore_over_command(failed) + "; then, started, ALTER DATABASE " +
           quoted_name(m_ports.databases.live_name()) + " ALLOW_CONNECTIONS true";
}

}  // namespace lastgood
