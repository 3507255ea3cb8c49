#pragma once

#include "database/session.hpp"
#include "framework/migration_watch.hpp"
#include "gate/listener.hpp"

#include <mutex>
#include <string>

namespace lastgood {

/// Looks at a migrator's locks at the moment before each commit, when it still has them all: whoever looks now and then
/// misses those of a quick transaction.
class RehearsalLocks : public GateListener {
  public:
    /// `watched`: application_name of the migrator's connections; `name`: of ours.
    RehearsalLocks(const ConnectionUrl& url, std::string watched, const std::string& name, MigrationWatch& watch,
                   Interruption& interruption)
        : m_application_name(std::move(watched)), m_session(url, name, interruption), m_watch(watch) {}

    void before_commit(int /*pid*/) override {
        const std::lock_guard lock(m_mutex);
        try {
            m_watch.take(look_at_locks(m_session, m_application_name));
        } catch (const std::exception&) {  // seeing nothing is allowed
        }
    }

  private:
    std::string m_application_name;
    std::mutex m_mutex;
    Session m_session;
    MigrationWatch& m_watch;
};

}  // namespace lastgood
