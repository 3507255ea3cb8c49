#pragma once

#include "framework/framework.hpp"
#include "record/event.hpp"

#include <string>
#include <vector>

namespace lastgood {

/// A pending migration, with what a linter says of it.
struct Pending {
    Described migration;
    std::vector<std::string> findings;
};

/// By the framework, and by squawk where it is installed, in the context's directory (its configuration is there).
std::vector<Pending> look_at_pending(Framework& framework, const FrameworkContext& context,
                                     const Migrations& migrations);

/// `pending: 0042_note (schema, one transaction, has a way down)`: without its SQL.
std::string say_pending(const Described& migration);
/// The lines below it: the SQL (at most 60 lines of it) and the findings.
std::vector<std::string> explain_pending(const Pending& pending);
Json to_json(const Pending& pending);

}  // namespace lastgood
