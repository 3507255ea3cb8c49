#pragma once

#include "database/digest_query.hpp"
#include "database/session.hpp"

#include <string>

namespace lastgood {

/// What a reader begins with: one view of the database, and nothing written.
constexpr const char* k_begin_reading = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";

/// SET LOCAL statements for a reader's transaction.
using SettingsOf = std::string (*)(const Session&);

/// A connection in a transaction that sees an exported snapshot ("": its own view). It is not committed: nothing was
/// written.
class SnapshotReader {
  public:
    SnapshotReader(const ConnectionUrl& url, const std::string& application_name, const std::string& snapshot,
                   Interruption& interruption, SettingsOf settings = reader_settings);
    Session& session() { return m_session; }

  private:
    Session m_session;
    Transaction m_transaction;
};

}  // namespace lastgood
