#include "steps/rollback/cluster_server.hpp"

#include "core/failure.hpp"
#include "core/quantity.hpp"
#include "outside/console.hpp"
#include "outside/interruption.hpp"
#include "outside/process.hpp"
#include "step/world.hpp"

#include <thread>

namespace lastgood {

namespace {

using SteadyClock = std::chrono::steady_clock;

/// After the stop command has ended.
constexpr std::chrono::seconds k_stop_patience{30};
/// A server that was started and cannot be reached for so long is not there.
constexpr std::chrono::seconds k_start_patience{60};
constexpr std::chrono::milliseconds k_look_again{20};

}  // namespace

/// What PostgreSQL's server says to those whom it does not let in yet, or not any more.
ClusterServer::State ClusterServer::look() const {
    try {
        Session session = m_databases.maintenance("look");
        return session.value("select pg_catalog.pg_is_in_recovery()") == "t" ? State::recovering : State::up;
    } catch (const Failure& failure) {
        const std::string words = failure.what_happened() + failure.detail();
        if (words.find("the database system is shutting down") != std::string::npos) return State::stopping;
        return words.find("the database system is") != std::string::npos ? State::recovering : State::stopped;
    } catch (const DatabaseError&) {  // it ended the session
        return State::stopping;
    }
}

void ClusterServer::run(const Argv& argv, const std::string& what, const char* changed, std::chrono::milliseconds limit,
                        const std::string& leftover_mark) const {
    m_console.debug(say_command(argv));
    Command command;
    command.argv = argv;
    command.leftover_mark = leftover_mark;
    command.timeout = limit;
    command.judged = true;
    const std::string next = "mend what it says, then lastgood rollback   goes on from there";
    ProcessResult result;
    try {
        result = m_processes.run(command);
    } catch (const Failure& failure) {
        throw Failure(ExitCode::failed_changed, what + " failed: " + failure.what_happened(), changed, next);
    }
    if (result.ok()) return;
    throw Failure(ExitCode::failed_changed, what + " failed: " + result.say_end(), changed, next)
        .with_detail(result.tail() + "\n" + say_command(argv));
}

void ClusterServer::stop() const {
    // One that outlives us would stop the server at a time of its own.
    run(m_settings.stop, "stopping the server", "perhaps the server is stopped; its data is as it was", k_stop_limit,
        m_databases.leftover_mark());
    const auto deadline = SteadyClock::now() + k_stop_patience;
    while (look() != State::stopped) {
        if (SteadyClock::now() > deadline)
            throw Failure(
                ExitCode::failed_changed,
                "the stop command ended well, but the server still answers " + say_duration(k_stop_patience) + " later",
                "connections were ended; the server may be shutting down, its data is as it was",
                "let pgbackrest.stop wait until this server has stopped, then lastgood rollback");
        std::this_thread::sleep_for(k_look_again);
    }
}

void ClusterServer::start(const std::string& what, const char* changed) const {
    // One that waits for the end of a long recovery is not hurried.
    run(m_settings.start, what, changed, m_settings.timeout, "");
    wait_until_ready();
}

void ClusterServer::wait_until_ready() const {
    m_console.progress("waiting for the server");
    const auto start = SteadyClock::now();
    auto seen = start;
    for (;;) {
        const State server = look();
        if (server == State::up) return;
        const auto now = SteadyClock::now();
        if (server != State::stopped) seen = now;
        if (now > seen + k_start_patience)
            throw Failure(ExitCode::failed_changed,
                          "the server was started and does not answer, for " + say_duration(k_start_patience),
                          "the server is not reached", "look at the server's log; then lastgood rollback   goes on");
        if (now > start + m_settings.timeout)
            throw Failure(ExitCode::in_doubt, "the server was not ready within " + say_duration(m_settings.timeout),
                          "the server was started and is recovering",
                          "look at the server's log; lastgood rollback   waits again");
        m_interruption.wait(k_look_again);
    }
}

void ClusterServer::wait_while_stopping() const {
    const auto deadline = SteadyClock::now() + k_stop_limit;
    while (look() == State::stopping && SteadyClock::now() < deadline) m_interruption.wait(k_look_again);
}

}  // namespace lastgood
