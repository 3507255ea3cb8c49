#pragma once

#include "pipeline/values.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace lastgood {

struct SqlCheck {
    std::string query;
    std::string expect;  ///< the one value the query must yield, as PostgreSQL prints it
};
struct NoPendingMigrationsCheck {};
struct RowsNotLostCheck {
    std::vector<std::string> except;                 ///< "table" or "schema.table"
    std::optional<std::uint64_t> tolerance;          ///< rows each table may lose; none: not judged strictly
    std::map<std::string, std::uint64_t> per_table;  ///< tolerance: { orders: 0, sessions: 100 }
    std::vector<std::string> only = {};              ///< empty: every table
};
struct HttpCheck {
    std::string url;
    long expect_status = 200;
    std::string expect_body;  ///< must be contained; "": not looked at
};
struct CommandCheck {
    Argv run;
};

/// How often a check is asked. First until it passes, for as long as `within`; then again and again, for as long as
/// `lasting` (the key `for`), and the first failure is the verdict.
struct Window {
    Milliseconds within{0};                  ///< 0: it is not waited for
    Milliseconds lasting{0};                 ///< 0: once is enough
    std::optional<Milliseconds> every = {};  ///< between two questions; none: 1 s while waiting, 10 s while watching
};

struct CheckSettings {
    std::string name;  ///< "sql", "http", ...
    std::variant<SqlCheck, NoPendingMigrationsCheck, RowsNotLostCheck, HttpCheck, CommandCheck> what;
    Milliseconds timeout{std::chrono::seconds(60)};  ///< of one answer
    Place place;
    Window window = {};
};

}  // namespace lastgood
