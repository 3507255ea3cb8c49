#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace lastgood {

class Session;

/// A database at rest, as far as a migration's effects can be measured by comparing two such looks. Tables by oid.
struct DatabaseState {
    struct Table {
        std::string name;            ///< qualified
        std::uint32_t filenode = 0;  ///< another one: rewritten, or truncated
        std::uint64_t inserted = 0;  ///< rows, ever; as the server's statistics count them
        std::uint64_t updated = 0;
        std::uint64_t deleted = 0;
    };
    std::string wal_position;  ///< pg_lsn of the server, "16/B374D848"
    std::map<std::uint32_t, Table> tables;
};

/// Waits (10 s at most) until nobody named `application_name` is in the database any more: backends report their rows
/// when they go.
DatabaseState look_at_state(Session& session, const std::string& application_name);

/// What happened between two looks.
struct Change {
    struct Rows {
        std::string table;
        std::uint64_t inserted = 0;
        std::uint64_t updated = 0;
        std::uint64_t deleted = 0;
    };
    std::uint64_t wal = 0;  ///< bytes; of the whole server, so at most so many are the migration's
    std::vector<std::string> created;
    std::vector<std::string> dropped;
    std::vector<std::string> rewritten;  ///< rewritten or truncated
    std::vector<Rows> rows;              ///< tables of which rows were changed
};
Change change_between(const DatabaseState& before, const DatabaseState& after);

}  // namespace lastgood
