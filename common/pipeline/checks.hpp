#pragma once

#include "pipeline/values.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace lastgood {

/// Tables and other objects are named "table" or "schema.table"; the first means that table of every schema.
using ObjectNames = std::vector<std::string>;

/// Exactly one of the three is expected.
struct SqlCheck {
    using Row = std::vector<std::optional<std::string>>;
    std::string query;
    std::optional<std::string> expect;  ///< the one value the query must yield, as PostgreSQL prints it
    std::optional<std::vector<Row>> expect_rows = {};
    bool expect_empty = false;
};
struct NoPendingMigrationsCheck {};
struct RowsNotLostCheck {
    ObjectNames except;
    std::optional<std::uint64_t> tolerance;          ///< rows each table may lose; none: not judged strictly
    std::map<std::string, std::uint64_t> per_table;  ///< tolerance: { orders: 0, sessions: 100 }
    ObjectNames only = {};                           ///< empty: every table
};
struct UnchangedCheck {
    ObjectNames tables;
};
struct SequencesAheadCheck {
    ObjectNames except;
};
struct NoInvalidIndexesCheck {
    bool all = false;  ///< those too that were invalid before migrate
};
struct ConstraintsValidatedCheck {
    bool all = false;
};
struct PrivilegesUnchangedCheck {
    ObjectNames except;
    bool new_objects = false;  ///< they may grant nothing beyond the default
};
struct RowSecurityUnchangedCheck {
    ObjectNames except;
};
struct ExtensionsCheck {
    std::map<std::string, std::string> expect;  ///< version by name, "any"; empty: those from before migrate
};
struct SchemaIsCheck {
    std::string file;         ///< within the work tree; "": the fingerprint counts
    std::string fingerprint;  ///< 64 hex digits
};
struct QueriesNotSlowerCheck {
    std::map<std::string, std::string> queries;  ///< by name
    double ratio = 2;                            ///< of the time now to that before migrate
    int runs = 3;                                ///< the median of so many counts
    Milliseconds floor{5};                       ///< what is quicker is quick enough
};
struct HttpTls {
    int min_days_left = 0;  ///< of the server's certificate
    std::string ca;         ///< absolute path of a PEM file; "": the system's
};
struct HttpCheck {
    std::string url;
    std::vector<long> expect_status{200};                 ///< one of them
    std::string expect_body = {};                         ///< must be contained; "": not looked at
    std::map<std::string, std::string> expect_json = {};  ///< by path: "items[0].name"
    std::optional<Milliseconds> max_latency = {};         ///< of the whole answer
    std::optional<HttpTls> tls = {};
    std::map<std::string, Secret> headers = {};  ///< of the request
};
struct ReplicationLagCheck {
    std::optional<Milliseconds> max;                    ///< until a replica has replayed what was written
    std::optional<std::uint64_t> max_bytes = {};        ///< that it has not replayed
    bool slots = false;                                 ///< max_bytes is also of WAL that a slot keeps
    std::optional<std::uint64_t> expect_replicas = {};  ///< at least
};
struct NoLongLocksCheck {
    Milliseconds max;  ///< that somebody may wait for one
};
struct CommandCheck {
    Argv run;
};

using CheckWhat = std::variant<SqlCheck, NoPendingMigrationsCheck, RowsNotLostCheck, UnchangedCheck,
                               SequencesAheadCheck, NoInvalidIndexesCheck, ConstraintsValidatedCheck,
                               PrivilegesUnchangedCheck, RowSecurityUnchangedCheck, ExtensionsCheck, SchemaIsCheck,
                               QueriesNotSlowerCheck, HttpCheck, CommandCheck, ReplicationLagCheck, NoLongLocksCheck>;

/// How often a check is asked. First until it passes, for as long as `within`; then again and again, for as long as
/// `lasting` (the key `for`), and the first failure is the verdict.
struct Window {
    Milliseconds within{0};                  ///< 0: it is not waited for
    Milliseconds lasting{0};                 ///< 0: once is enough
    std::optional<Milliseconds> every = {};  ///< between two questions; none: 1 s while waiting, 10 s while watching
};

struct CheckSettings {
    std::string name;  ///< "sql", "http", ...
    CheckWhat what;
    Milliseconds timeout{std::chrono::seconds(60)};  ///< of one answer
    Place place;
    Window window = {};
};

}  // namespace lastgood
