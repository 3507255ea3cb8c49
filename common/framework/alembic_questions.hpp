#pragma once

#include <string>

namespace lastgood {

/// What is asked of an Alembic project, by Python that goes through the project's own env.py as `alembic current` does,
/// which changes nothing: programs whose arguments are those before Alembic's command, and that print one line, a
/// marker and JSON.
namespace alembic_questions {

/// {applied: [revision], pending: [revision], no_way_down: [revision]}, the first two from the oldest on, or {refused:
/// "Can't locate revision ..."}.
extern const std::string k_state;
/// [{name, parents: [revision], sql, atomic, down}], of what is pending and in that order. `sql` is null where Alembic
/// cannot print it, `atomic` null where it is not known; `down`: whether there is a downgrade() that does something.
extern const std::string k_pending;
/// {lock_timeout, application_name, database, oid, system}; {} on another database than PostgreSQL.
extern const std::string k_guard;
/// [sentence] of what `alembic check` would say, or null where it cannot be told: there is no target_metadata, or
/// something is pending.
extern const std::string k_models;

}  // namespace alembic_questions

}  // namespace lastgood
