#pragma once

#include "backup/engine.hpp"
#include "database/beside.hpp"

#include <functional>
#include <string>

namespace lastgood {

class PointReader;

/// A new database beside another one.
struct CopyOrder {
    const Manifest& manifest;  ///< of the restore point that is to live in it
    ConnectionUrl server;      ///< the database in which CREATE DATABASE is run
    std::string name;          ///< of the new database
    DatabaseMark mark;         ///< kind "copy"; becomes "standby" once it is proven and sealed
    int jobs = 2;
};

/// What a copy must be equal to.
struct Expected {
    ContentFacts contents;
    std::string schema;      ///< normalised: what a difference is shown against
    std::string digest_key;  ///< "": the digests of the contents are not keyed
};

struct RestoreResult {
    long long tables = 0;
    std::uint64_t rows = 0;
    long long took_ms = 0;
};

/// What the restore point says of itself.
Expected expected_of(const Manifest& manifest, PointReader& objects);

/// Compares schema, every table's rows and digest, sequences and properties of a restored database. Failure (4) with
/// the differences, and with `not_applied`: what could not be given to it.
RestoreResult compare_restored(const EngineContext& context, const Manifest& manifest, const ConnectionUrl& copy,
                               int jobs, const Expected& expected, const std::vector<std::string>& not_applied = {});

/// The differences alone; the rows of tables (by qualified name) that `leave_out` names do not count.
std::vector<std::string> differences_of_restored(const EngineContext& context, const Manifest& manifest,
                                                 const ConnectionUrl& copy, int jobs, Expected expected,
                                                 const std::function<bool(const std::string&)>& leave_out);

/// Creates the database, has it filled, gives it the database's own properties, and compares schema, every table's rows
/// and digest, sequences and properties with what `fill` came back with. Failure (4) with the differences; the new
/// database is dropped then.
RestoreResult fill_beside(const EngineContext& context, const CopyOrder& order,
                          const std::function<Expected(const ConnectionUrl& copy)>& fill);

/// Fills it with the objects of its restore point.
RestoreResult restore_beside(DatabaseEngine& engine, const EngineContext& context, const CopyOrder& order,
                             PointReader& objects);

/// Seals it and marks it as proven standby.
void keep_as_standby(Session& session, const std::string& name, DatabaseMark mark);

/// The object of a restore point that holds the normalised schema: what a difference is shown against.
constexpr const char* k_schema_object = "schema.sql";

}  // namespace lastgood
