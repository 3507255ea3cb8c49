#pragma once

#include "framework_world.hpp"

#include <functional>
#include <ostream>
#include <string>
#include <vector>

namespace lastgood::test {

/// A small project of one framework's, and what is to be expected of the framework.
struct Project {
    std::string framework;
    /// How its three migrations are called, in the order in which they run.
    std::vector<std::string> names;
    std::function<void(FrameworkWorld&)> begin;  ///< all but the migrations
    /// Migration 1, 2 or 3: its SQL, and the SQL that takes it back; "" : it has no way down.
    std::function<void(FrameworkWorld&, int, const std::string& up, const std::string& down)> add;
    bool prints_sql = true;
    bool guard_seen = true;
    bool goes_down = true;
    bool all_in_one_transaction = false;  ///< a failing migration takes those before it along
    bool promises_nothing = false;        ///< of a migration that failed
    bool makes_ledger_first = false;      ///< apart from any migration
};

Project sql_project();
Project django_project();
Project alembic_project();
Project dbmate_project();
Project sqitch_project();
Project rails_project();
Project command_project();

inline void PrintTo(const Project& project, std::ostream* out) {
    *out << project.framework;
}

}  // namespace lastgood::test
