#pragma once

#include "database/session.hpp"

#include <string>

namespace lastgood {

/// What a reader begins with: one view of the database, and nothing written.
constexpr const char* k_begin_reading = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";

/// A connection in a transaction that sees an exported snapshot ("": its own view), under the settings of the content
/// digest. It is not committed: nothing was written.
class SnapshotReader {
  public:
    SnapshotReader(const ConnectionUrl& url, const std::string& application_name, const std::string& snapshot,
                   Interruption& interruption);
    Session& session() { return m_session; }

  private:
    Session m_session;
    Transaction m_transaction;
};

}  // namespace lastgood
