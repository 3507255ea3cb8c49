#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lastgood {

class PointReader;
class PointWriter;

/// Where the rows of a table, or of a part of it, stand in a data file.
struct DataSection {
    std::string copied;        ///< `"schema"."name" ("column", ...)`
    std::uint64_t offset = 0;  ///< of the first row, in the decompressed file
    std::uint64_t bytes = 0;   ///< of the rows
    std::uint64_t rows = 0;
    bool fresh_table = false;  ///< all rows of a table that nobody else fills: it may be truncated and frozen
    bool first = false;        ///< of an extension: to be filled before the others
};

struct DataFile {
    std::string name;         ///< "000001.sql.zst"
    std::uint64_t bytes = 0;  ///< decompressed
    std::vector<DataSection> sections;
};

/// data/index.json: what the data files hold, so that they need not be searched.
struct DataIndex {
    std::string encoding;  ///< of the rows: the database's
    std::vector<DataFile> files;
};

/// The object that has a data file.
std::string data_object(const std::string& name);

void write_index(PointWriter& objects, const DataIndex& index);
/// Failure (4) if it is missing or not as it was written.
DataIndex read_index(const PointReader& objects);

}  // namespace lastgood
