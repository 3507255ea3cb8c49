#include "support.hpp"

#include "outside/files.hpp"

namespace lastgood {

bool is_running(pid_t pid) {
    try {
        const std::string stat = read_file("/proc/" + std::to_string(pid) + "/stat");
        const auto name_end = stat.rfind(')');
        return name_end != std::string::npos && stat.at(name_end + 2) != 'Z';
    } catch (const FileError&) {
        return false;
    }
}

}  // namespace lastgood
