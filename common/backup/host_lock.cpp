#include "backup/host_lock.hpp"

#include "core/failure.hpp"

namespace lastgood {

namespace {

/// Of flock(1), where somebody else has the lock; else it ends like any program that could not do its work.
constexpr const char* k_taken = "75";
constexpr const char* k_held = "held\n";

}  // namespace

HostLock::HostLock(const Argv& before, const std::string& data_directory, Processes& processes) {
    Command command;
    command.argv = before;
    for (const char* word : {"flock", "--nonblock", "--conflict-exit-code", k_taken}) command.argv.emplace_back(word);
    command.argv.push_back(data_directory);
    command.argv.emplace_back("cat");
    command.directory = "/";
    m_holder = processes.filter(command);
    try {
        m_holder->write(k_held);
    } catch (const FilterEnded&) {  // how it ended says why
    }
    if (m_holder->read() == k_held) return;
    const std::string why = m_holder->end();
    if (why.ends_with(std::string("exit status ") + k_taken))
        throw Failure(ExitCode::locked, "another rollback is at work on " + data_directory, "nothing by this program",
                      "wait until it has ended; lastgood status");
    throw Failure(ExitCode::refused, "the lock on " + data_directory + " cannot be had: " + why, "nothing",
                  "look at pgbackrest.on_host in the pipeline; it must reach the data directory");
}

HostLock::~HostLock() = default;

}  // namespace lastgood
