#pragma once

#include "core/cut_text.hpp"

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace lastgood {

/// A migration that began and did not run to its end. What is to be said and done about it, guarded_run.hpp decides.
class MigrationError : public std::runtime_error {
  public:
    enum class Left {
        nothing,    ///< what failed was rolled back
        half_way,   ///< parts of it were committed, or left something behind
        not_known,  ///< nobody can say: the connection was lost where it matters, the program was killed
    };
    /// `migration`: its name, "" for what follows the migrations. `reason`: one line. `sqlstate`: "" where it is not
    /// known. Lines longer than k_longest_kept_line are cut.
    MigrationError(std::string migration, const std::string& reason, const std::string& detail, std::string sqlstate,
                   Left left)
        : std::runtime_error(cut_line(reason)),
          m_migration(std::move(migration)),
          m_detail(cut_lines(detail)),
          m_sqlstate(std::move(sqlstate)),
          m_left(left) {}

    MigrationError& with_done(std::vector<std::string> names) {
        m_done = std::move(names);
        return *this;
    }
    MigrationError& with_changed(std::string changed) {
        m_changed = std::move(changed);
        return *this;
    }

    const std::string& migration() const { return m_migration; }
    std::string reason() const { return what(); }
    const std::string& detail() const { return m_detail; }
    const std::string& sqlstate() const { return m_sqlstate; }
    Left left() const { return m_left; }
    /// What this call applied before it.
    const std::vector<std::string>& done() const { return m_done; }
    /// What else was changed, in words; "" : nothing.
    const std::string& changed() const { return m_changed; }

  private:
    std::string m_migration;
    std::string m_detail;
    std::string m_sqlstate;
    Left m_left;
    std::vector<std::string> m_done;
    std::string m_changed;
};

constexpr const char* k_lock_not_available = "55P03";
constexpr const char* k_query_canceled = "57014";
constexpr const char* k_deadlock_detected = "40P01";

}  // namespace lastgood
