#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace lastgood {

/// What a migration of dbmate's says.
struct DbmateFile {
    std::string up;
    bool in_transaction = true;  ///< false: "-- migrate:up transaction:false"
    bool way_down = false;       ///< there is SQL below "-- migrate:down"
    bool down_in_transaction = true;
};

/// `text` by its two marks; a file without them has neither SQL nor a way down.
DbmateFile parse_dbmate_file(const std::string& text);

/// The directories that dbmate looks for migrations in: as its own arguments in `program` say, else its .env, else its
/// usual one. Relative to `directory`, where it is started.
std::vector<std::filesystem::path> dbmate_directories(const std::vector<std::string>& program,
                                                      const std::filesystem::path& directory);

}  // namespace lastgood
