#include "database/snapshot_reader.hpp"

namespace lastgood {

SnapshotReader::SnapshotReader(const ConnectionUrl& url, const std::string& application_name,
                               const std::string& snapshot, Interruption& interruption, SettingsOf settings)
    : m_session(url, application_name, interruption), m_transaction(m_session, k_begin_reading) {
    if (!snapshot.empty()) m_session.execute("SET TRANSACTION SNAPSHOT " + m_session.quote_literal(snapshot));
    m_session.execute(settings(m_session));
}

}  // namespace lastgood
