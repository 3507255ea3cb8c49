#pragma once

namespace lastgood {

/// What is asked of a Rails project: Ruby that defines the task `lastgood:answer`, which prints one line, a marker and
/// JSON. `rake` and `bin/rails` both take it behind -E. None of them changes anything.
namespace rails_questions {

constexpr const char* k_task = "lastgood:answer";
/// {ledger: whether schema_migrations is there, applied: [version], migrations: [{version, atomic, down}]} of all
/// files, in their order. `down`: whether there is a `change` or a `down`.
extern const char* const k_state;
/// {lock_timeout, application_name, database, oid, system}; {} on another database than PostgreSQL.
extern const char* const k_guard;

}  // namespace rails_questions

}  // namespace lastgood
