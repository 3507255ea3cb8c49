#pragma once

#include "database/session.hpp"

#include <chrono>
#include <string>

namespace lastgood {

/// The environment's lock: a session advisory lock keyed by name_hash("lastgood/<scope>") in the maintenance database,
/// held on a connection of its own that is always idle, so that it goes when the process goes.
class AdvisoryLock {
  public:
    /// Tries until `patience` is over. Failure (8) names the holder: its application_name, address and age.
    AdvisoryLock(const ConnectionUrl& maintenance, const std::string& scope, const std::string& application_name,
                 std::chrono::milliseconds patience, Interruption& interruption);
    /// Asks the server whether the lock is still ours. Failure (6) if it is not: somebody else may be at work.
    void assert_held();
    /// After the server was restarted: connects and takes it again, as the constructor does.
    void take_again(std::chrono::milliseconds patience);
    Session& session() { return m_session; }

  private:
    void take(std::chrono::milliseconds patience);

    ConnectionUrl m_url;
    std::string m_application;
    Session m_session;
    std::string m_scope;
};

}  // namespace lastgood
