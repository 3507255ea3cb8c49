#include "platform/procfile.hpp"

#include "outside/files.hpp"

#include <regex>
#include <sstream>

namespace lastgood {

std::string release_phase_in(const std::string& procfile) {
    static const std::regex pattern("release[ \\t]*:[ \\t]*(.*?)[ \\t\\r]*");
    std::istringstream lines(procfile);
    for (std::string line; std::getline(lines, line);) {
        std::smatch parts;
        if (std::regex_match(line, parts, pattern)) return parts[1];
    }
    return "";
}

std::string release_phase_of(const std::filesystem::path& tree) {
    return std::filesystem::exists(tree / "Procfile") ? release_phase_in(read_file(tree / "Procfile")) : "";
}

bool seems_to_migrate(const std::string& command) {
    static const std::regex pattern("migrat|alembic|sqitch|dbmate|upgrade[ \\t]+head", std::regex::icase);
    return std::regex_search(command, pattern);
}

}  // namespace lastgood
