#pragma once

#include "backup/engine.hpp"
#include "database/beside.hpp"

#include <string>

namespace lastgood {

class PointReader;

/// A restore point brought back to life in a new database.
struct RestoreOrder {
    const Manifest& manifest;
    PointReader& objects;
    ConnectionUrl server;  ///< the database in which CREATE DATABASE is run
    std::string name;      ///< of the new database
    DatabaseMark mark;     ///< kind "copy"; becomes "standby" once it is proven and sealed
    int jobs = 2;
};

struct RestoreResult {
    long long tables = 0;
    std::uint64_t rows = 0;
    long long took_ms = 0;
};

/// Creates, restores, gives it the database's own properties, and compares schema, every table's rows and digest,
/// sequences and properties with the manifest. Failure (4) with the differences; the new database is dropped then.
RestoreResult restore_beside(Engine& engine, const EngineContext& context, const RestoreOrder& order);

/// Seals it and marks it as proven standby.
void keep_as_standby(Session& session, const std::string& name, DatabaseMark mark);

/// The object of a restore point that holds the normalised schema: what a difference is shown against.
constexpr const char* k_schema_object = "schema.sql";

}  // namespace lastgood
