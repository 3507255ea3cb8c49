#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lastgood {

struct ProgramStatement;

/// What a statement touched: INSERT, UPDATE, DELETE, MERGE and COPY FROM say so in their tags; TRUNCATE, DROP and a
/// WITH that writes do not. What a function or a trigger writes beside that is not in it.
struct TouchedRows {
    std::string tag;  ///< "UPDATE"
    std::uint64_t count = 0;
    std::string statement;  ///< as it may be shown, without literals
    bool counted = true;    ///< false: it changed rows, and nobody can say how many
};

/// The rows touched by statements whose effect has not been rolled back.
class RowsLedger {
  public:
    /// A statement has completed with this tag.
    void note(const ProgramStatement& statement, const std::string& tag);

    /// Everything from here on can be taken back.
    void begin();
    void take_back();
    /// Savepoints are forgotten.
    void keep();
    const std::vector<TouchedRows>& rows() const { return m_rows; }

  private:
    void to_savepoint(const std::string& name, bool rolled_back);

    std::vector<TouchedRows> m_rows;
    std::size_t m_begin = 0;
    std::vector<std::pair<std::string, std::size_t>> m_savepoints;  ///< of the program: name, and rows before it
};

}  // namespace lastgood
