#pragma once

#include <filesystem>
#include <string>

namespace lastgood {

class Processes;
class Environment;

/// pg_dump, pg_restore and psql of one directory, of the server's own major version. Debian's pg_wrapper picks by its
/// own rules, so the directory is chosen here: LASTGOOD_PG_BINDIR, /usr/lib/postgresql/<major>/bin,
/// /usr/pgsql-<major>/bin, then PATH.
class ClientPrograms {
  public:
    /// Failure (3) that names the server's version, what was found, and the package to install.
    static ClientPrograms of_major(int major, Processes& processes, const Environment& environment);

    std::filesystem::path pg_dump() const { return m_directory / "pg_dump"; }
    std::filesystem::path pg_restore() const { return m_directory / "pg_restore"; }
    std::filesystem::path psql() const { return m_directory / "psql"; }
    /// Where the server's own programs are, if they are installed: beside the others, in all known packages.
    const std::filesystem::path& server_directory() const { return m_directory; }
    const std::string& version() const { return m_version; }  ///< "15.18"

  private:
    std::filesystem::path m_directory;
    std::string m_version;
};

}  // namespace lastgood
