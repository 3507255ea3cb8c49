#pragma once

#include "core/secret.hpp"

#include <map>
#include <string>
#include <vector>

namespace lastgood {

/// A PostgreSQL connection string (postgres:// URL or key=value), taken apart by libpq itself. Parts are libpq's
/// keywords.
class ConnectionUrl {
  public:
    /// Failure (2) if libpq cannot read it (its words, never the string itself).
    explicit ConnectionUrl(const Secret& text);

    std::string part(const std::string& keyword) const;  ///< "" if not given
    /// The database it names, else the user's name, as libpq does.
    std::string database() const;

    ConnectionUrl with(const std::string& keyword, const std::string& value) const;
    ConnectionUrl with_database(const std::string& name) const { return with("dbname", name); }
    /// Merges `-c name=value` into the parts' own `options`; a name that is there already is replaced.
    ConnectionUrl with_setting(const std::string& name, const std::string& value) const;
    /// Merges `options` (PGOPTIONS form) into the parts' own, which win.
    ConnectionUrl with_weaker_options(const std::string& options) const;
    /// The settings that it would begin a session with.
    std::vector<std::pair<std::string, std::string>> settings() const;

    /// For libpq: key='value' pairs, secrets included.
    Secret conninfo() const;
    /// For programs that want a URL; everything percent-encoded, secrets included.
    Secret url() const;
    /// The psql that makes the same connection, as typed into a shell; no secret is in it.
    std::string psql_command() const;
    /// "user@host:port/database", for people.
    std::string say() const;
    /// "host:port" or the socket directory and port.
    std::string address() const;
    /// PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE, PGSSLMODE, PGOPTIONS, ...: for pg_dump and its like. Secret
    /// values.
    std::map<std::string, std::string> environment() const;
    /// Those of them that are no secrets.
    std::map<std::string, std::string> public_environment() const;

  private:
    ConnectionUrl() = default;
    std::map<std::string, std::string> m_parts;
};

/// "-c a=b -c c=d\ e": settings in PGOPTIONS form (blanks and backslashes escaped).
std::string options_text(const std::vector<std::pair<std::string, std::string>>& settings);

}  // namespace lastgood
