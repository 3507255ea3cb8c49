#pragma once

#include <cstdint>
#include <string>

namespace lastgood {

class Session;
struct LossQuestion;

/// Row versions of one table that are newer than the restore point, by the transaction that wrote them.
struct NewerRows {
    std::uint64_t before = 0;      ///< committed before migrate began, or it never began
    std::uint64_t own_before = 0;  ///< likewise, but noted as the migration's own (an earlier attempt)
    std::uint64_t own = 0;         ///< noted as the migration's own
    std::uint64_t between = 0;     ///< can be one of its subtransactions
    std::uint64_t inside = 0;      ///< otherwise inside the window
    std::uint64_t after = 0;       ///< not yet committed when migrate ended
    std::uint64_t perhaps = 0;     ///< may be of subtransactions that were open at the restore point's snapshot
};

/// One scan. `table` is quoted. Throws std::invalid_argument on a question whose snapshots or transactions are none.
NewerRows count_newer_rows(Session& session, const std::string& table, const LossQuestion& question);

}  // namespace lastgood
