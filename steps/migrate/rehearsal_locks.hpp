#pragma once

#include "database/session.hpp"
#include "framework/migration_watch.hpp"
#include "gate/listener.hpp"

#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace lastgood {

/// Looks at a migrator's locks at the moment before each commit, when it still has them all: whoever looks now and then
/// misses those of a quick transaction.
class RehearsalLocks : public GateListener {
  public:
    /// `watched`: application_name of the migrator's connections; `name`: of ours.
    RehearsalLocks(const ConnectionUrl& url, std::string watched, const std::string& name, MigrationWatch& watch,
                   Interruption& interruption)
        : m_application_name(std::move(watched)), m_session(url, name, interruption), m_watch(watch) {}

    /// What is completed outside of a transaction has committed by itself, and nobody saw its locks.
    void completed(int pid, std::string_view tag, std::string_view /*statement*/) override {
        const std::lock_guard lock(m_mutex);
        if (tag == "BEGIN" || tag == "START TRANSACTION") m_inside.insert(pid);
        if (tag == "COMMIT" || tag == "ROLLBACK") m_inside.erase(pid);
        const std::string_view verb = tag.substr(0, tag.find(' '));
        const bool only_looks = verb == "SELECT" || verb == "SHOW" || verb == "SET" || verb == "RESET" ||
                                verb == "DISCARD" || verb == "BEGIN" || verb == "START" || verb == "COMMIT" ||
                                verb == "ROLLBACK" || verb == "PREPARE" || verb == "DEALLOCATE" || verb == "LISTEN" ||
                                verb == "EXPLAIN" || verb == "CLOSE";
        if (!only_looks && m_inside.count(pid) == 0) m_unseen = true;
    }
    void ended(int pid) override {
        const std::lock_guard lock(m_mutex);
        m_inside.erase(pid);
    }
    /// Since the last call: did anything commit by itself?
    bool take_unseen() {
        const std::lock_guard lock(m_mutex);
        return std::exchange(m_unseen, false);
    }

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
    std::set<int> m_inside;  ///< backends in a transaction block
    bool m_unseen = false;
    Session m_session;
    MigrationWatch& m_watch;
};

}  // namespace lastgood
