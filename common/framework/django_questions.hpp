#pragma once

namespace lastgood {

/// What is asked inside of a Django project, by `manage.py shell -c`: Python that prints one line, a marker and JSON.
/// Settings may print whatever they like around it.
namespace django_questions {

/// {lock_timeout, application_name, database, oid, system}; {} on another database than PostgreSQL.
extern const char* const k_guard;
/// {ledger: whether the table django_migrations is there, pending: [{name: "<app>.<name>", sql, atomic, down}]}, of
/// what is pending and in that order. `sql` holds comments in the place of code, and is null where Django cannot print
/// it; `down`: whether every operation says how it is taken back.
extern const char* const k_pending;
/// ["<app>.<name>"] of what is applied and does not say how it is taken back.
extern const char* const k_no_way_down;

}  // namespace django_questions

}  // namespace lastgood
