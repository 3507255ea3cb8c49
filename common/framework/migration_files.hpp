#pragma once

#include "database/sql_statements.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace lastgood {

/// One file of SQL: NNNN_name.sql, or NNNN_name.down.sql.
struct MigrationScript {
    std::string file;            ///< "0042_split_name.sql"
    std::string text;            ///< without a byte order mark
    std::string sha256;          ///< of the file's bytes
    bool in_transaction = true;  ///< false: "-- lastgood: no-transaction" in its leading comment

    std::string place(int line) const { return file + ":" + std::to_string(line); }
};

struct MigrationFile {
    std::string name;  ///< "0042_split_name"
    MigrationScript up;
    std::optional<MigrationScript> down;
};

/// The *.sql of a directory, by name, with what they hold. Failure (3): no such directory. `place`: what the message
/// calls it.
std::map<std::string, std::string> read_sql_files(const std::filesystem::path& directory, const std::string& place);

/// The migrations among files that end with ".sql", by number and then by name. Failure (3): one that is not called
/// NNNN_name.sql, a way down without its migration, two migrations of one number, a directive that we do not
/// know, a file that is no text.
std::vector<MigrationFile> migrations_among(const std::map<std::string, std::string>& files);

/// Its statements. Failure (3) with file and line: not splittable, controls transactions, or needs to run outside of
/// the transaction that it would get.
std::vector<SqlStatement> checked_statements(const MigrationScript& script);

}  // namespace lastgood
