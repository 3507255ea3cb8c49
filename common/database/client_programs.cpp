#include "database/client_programs.hpp"

#include "core/failure.hpp"
#include "outside/environment.hpp"
#include "outside/process.hpp"

#include <optional>
#include <unistd.h>
#include <vector>

namespace lastgood {
namespace {

/// "pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)" -> "15.18"; "" if the program says something else.
std::string version_of(const std::filesystem::path& program, Processes& processes) {
    Command command;
    command.argv = {program.string(), "--version"};
    const ProcessResult result = processes.run(command);
    const std::string before = "(PostgreSQL) ";
    const auto at = result.out.find(before);
    if (!result.ok() || at == std::string::npos) return "";
    const auto begin = at + before.size();
    return result.out.substr(begin, result.out.find_first_of(" \n", begin) - begin);
}

bool all_there(const std::filesystem::path& directory) {
    for (const char* program : {"pg_dump", "pg_restore", "psql"}) {
        if (access((directory / program).c_str(), X_OK) != 0) return false;
    }
    return true;
}

/// Debian's /usr/bin/pg_dump is a wrapper that picks a version for each call by rules of its own.
bool is_wrapper(const std::filesystem::path& directory) {
    std::error_code missing;
    return std::filesystem::canonical(directory / "pg_dump", missing).filename() == "pg_wrapper";
}

std::vector<std::filesystem::path> candidates(int major, const Processes& processes, const Environment& environment) {
    if (const auto given = environment.get("LASTGOOD_PG_BINDIR"); given && !given->empty()) return {*given};
    std::vector<std::filesystem::path> all{"/usr/lib/postgresql/" + std::to_string(major) + "/bin",
                                           "/usr/pgsql-" + std::to_string(major) + "/bin"};
    const std::filesystem::path in_path = processes.find("pg_dump");
    if (!in_path.empty() && !is_wrapper(in_path.parent_path())) all.push_back(in_path.parent_path());
    return all;
}

/// For a message: what Debian and the packages of PostgreSQL's own have put here.
std::string installed_versions() {
    std::string versions;
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator("/usr/lib/postgresql", none))
        if (all_there(entry.path() / "bin"))
            versions += (versions.empty() ? "" : ", ") + entry.path().filename().string();
    return versions.empty() ? "none found" : "found: " + versions;
}

}  // namespace

ClientPrograms ClientPrograms::of_major(int major, Processes& processes, const Environment& environment) {
    std::string found;
    for (const std::filesystem::path& directory : candidates(major, processes, environment)) {
        if (!all_there(directory)) continue;
        ClientPrograms programs;
        programs.m_directory = directory;
        programs.m_version = version_of(programs.pg_dump(), processes);
        if (programs.m_version.starts_with(std::to_string(major) + ".") ||
            programs.m_version == std::to_string(major)) {
            return programs;
        }
        found += (found.empty() ? "" : ", ") + directory.string() + " has " +
                 (programs.m_version.empty() ? "no version" : programs.m_version);
    }
    const std::string version = std::to_string(major);
    throw Failure(
        ExitCode::refused,
        "the server is PostgreSQL " + version + ", and pg_dump, pg_restore and psql of that version are not here (" +
            (found.empty() ? installed_versions() : found) + ")",
        "nothing",
        "apt-get install postgresql-client-" + version + "   or set LASTGOOD_PG_BINDIR to the directory that has them");
}

}  // namespace lastgood
