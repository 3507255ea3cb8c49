#pragma once

#include "backup/engine.hpp"
#include "outside/process.hpp"

#include <functional>
#include <string>
#include <vector>

namespace lastgood {

/// How long pg_dump waits for a lock at its start: a migration that somebody runs by hand must not hold a capture for
/// ever.
constexpr const char* k_lock_wait = "--lock-wait-timeout=30000";

/// Runs PostgreSQL's client programs against a database: everything about the connection goes through the environment.
class PostgresClient {
  public:
    explicit PostgresClient(const EngineContext& context) : m_context(context) {}

    struct Outcome {
        ProcessResult result;
        std::vector<std::string> errors;  ///< from the program's first error on, its progress left out
    };
    /// `url` none: a program that needs no server. Lines that are no error are shown as progress.
    Outcome run(const std::vector<std::string>& argv, const ConnectionUrl* url, const std::string& input = "") const;

  private:
    const EngineContext& m_context;
};

/// The database as an argument: quoted, so that a name with '=' or '://' in it stays a name.
std::string database_argument(const ConnectionUrl& url);

/// "a\nb", at most `limit` lines.
std::string first_lines(const std::vector<std::string>& lines, std::size_t limit = 8);

}  // namespace lastgood
