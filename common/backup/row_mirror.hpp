#pragma once

#include "database/copy_connection.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace lastgood {

struct EngineContext;

/// Restores rows into a second database while they are being captured: the proof of who will not be able to read what
/// was written. Failure (4).
class RowMirror {
  public:
    RowMirror(const ConnectionUrl& url, const EngineContext& context);

    void begin();
    /// The rows of what copied() says come next, all of them if `fresh`: the table may be truncated and frozen.
    void begin_table(const std::string& copied, const std::string& encoding, bool fresh);
    void put(std::string_view line);
    void end_table();
    void commit();

  private:
    std::string m_role;
    CopyConnection m_connection;
    std::optional<CopyIn> m_rows;
};

}  // namespace lastgood
