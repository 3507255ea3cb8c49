#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace lastgood {

class ClientPrograms;
class ConnectionUrl;
class Processes;

/// `pg_dump --schema-only` with everything taken out that differs between two dumps of the same schema: comments, SET
/// lines, \restrict keys, and the order of statements. Owners, grants and row-level security stay in: a difference
/// there is one. Left out: subscriptions and user mappings (copies never carry them). `snapshot` "" : pg_dump's own.
/// Failure (4) with pg_dump's words, or if it takes longer than `timeout`.
std::string normalised_schema(const ClientPrograms& programs, const ConnectionUrl& url, const std::string& snapshot,
                              const std::string& application_name, Processes& processes,
                              const std::string& leftover_mark, std::optional<std::chrono::milliseconds> timeout = {});
/// The normalising alone: of a dump that somebody else made.
std::string normalise_schema(const std::string& dump);
/// At most `limit` lines of "- only in the first" / "+ only in the second".
std::string schema_difference(const std::string& first, const std::string& second, int limit = 20);

}  // namespace lastgood
