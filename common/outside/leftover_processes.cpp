#include "core/failure.hpp"
#include "outside/files.hpp"
#include "outside/process.hpp"
#include "outside/process_table.hpp"

#include <filesystem>
#include <set>
#include <signal.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace lastgood {

namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds k_look{20};
/// SIGKILL needs longer only where the kernel is stuck.
constexpr std::chrono::seconds k_patience{10};

fs::path place_of(pid_t pid) {
    return fs::path("/proc") / std::to_string(pid);
}

std::set<pid_t> ourselves() {
    std::set<pid_t> found;
    for (pid_t pid = ::getpid(); pid > 0 && found.insert(pid).second;) {
        const auto state = state_of(pid);
        pid = state ? state->parent : 0;
    }
    return found;
}

bool is_marked(pid_t pid, const std::string& variable) {
    try {
        struct stat status {};
        if (::stat(place_of(pid).c_str(), &status) != 0) return false;
        // Of root's children some have become somebody else.
        if (status.st_uid != ::geteuid() && ::geteuid() != 0) return false;
        const std::string environment = '\0' + read_file(place_of(pid) / "environ");
        return environment.find('\0' + variable + '\0') != std::string::npos;
    } catch (const FileError&) {
        return false;  // it has ended, or is none of ours
    }
}

std::set<pid_t> marked(const std::string& variable, const std::set<pid_t>& spared) {
    std::set<pid_t> found;
    for (const pid_t pid : process_ids()) {
        if (!spared.contains(pid) && is_marked(pid, variable)) found.insert(pid);
    }
    return found;
}

Failure stuck(pid_t pid) {
    return {ExitCode::in_doubt, "process " + std::to_string(pid) + ", left behind by an earlier program, does not end",
            "nothing", "wait until \"ps -p " + std::to_string(pid) + "\" shows nothing, then run this again"};
}

}  // namespace

int end_leftover_processes(const std::string& mark, std::chrono::milliseconds grace) {
    const std::string variable = "LASTGOOD_CHILD=" + mark;
    const std::set<pid_t> spared = ourselves();
    const auto kill_at = std::chrono::steady_clock::now() + grace;
    std::set<pid_t> told;
    for (;;) {
        const std::set<pid_t> left = marked(variable, spared);
        if (left.empty()) return static_cast<int>(told.size());
        const auto now = std::chrono::steady_clock::now();
        if (now > kill_at + k_patience) throw stuck(*left.begin());
        for (const pid_t pid : left) {
            const bool is_new = told.insert(pid).second;
            if (now >= kill_at) ::kill(pid, SIGKILL);
            if (is_new && now < kill_at) ::kill(pid, SIGTERM);
        }
        std::this_thread::sleep_for(k_look);
    }
}

}  // namespace lastgood
