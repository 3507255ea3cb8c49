#include "outside/process_table.hpp"

#include "outside/files.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <signal.h>
#include <sstream>
#include <string>

namespace lastgood {

std::optional<ProcessState> state_of(pid_t pid) {
    try {
        const std::string stat = read_file("/proc/" + std::to_string(pid) + "/stat");
        // "pid (name) state parent group ...": the name may hold blanks and parentheses.
        const auto name_end = stat.rfind(')');
        if (name_end == std::string::npos) return std::nullopt;
        std::istringstream fields(stat.substr(name_end + 1));
        char state = 0;
        ProcessState result;
        if (!(fields >> state >> result.parent >> result.group)) return std::nullopt;
        result.ended = state == 'Z' || state == 'X';
        return result;
    } catch (const FileError&) {
        return std::nullopt;  // it has ended
    }
}

std::vector<pid_t> process_ids() {
    std::vector<pid_t> found;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        const std::string name = entry.path().filename().string();
        pid_t pid = 0;
        const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
        if (error == std::errc{} && end == name.data() + name.size()) found.push_back(pid);
    }
    return found;
}

bool group_is_alive(pid_t group) {
    if (::kill(-group, 0) != 0 && errno != EPERM) return false;
    const auto pids = process_ids();
    return std::any_of(pids.begin(), pids.end(), [group](pid_t pid) {
        const auto state = state_of(pid);
        return state && state->group == group && !state->ended;
    });
}

}  // namespace lastgood
