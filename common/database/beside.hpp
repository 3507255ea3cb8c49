#pragma once

#include "core/facts.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lastgood {

class ConnectionUrl;
class Session;

/// What a database of ours is, kept as JSON in its comment, so that a rollback works without the store.
/// {"lastgood":1,"kind":"standby","scope":"shop/production","run":"...","restore_point":"rp-...","revision":"<commit>","tree":"...",
///  "manifest":"<sha256>","snapshot":"...","original":"<oid>","successor":"<oid>","at":"..."}
struct DatabaseMark {
    std::string kind;  ///< "copy" (being made), "standby" (proven, sealed), "failed" (swapped out), "returned" (swapped
                       ///< out by undo), "proven" (open, for a rehearsal), "rehearsal" (spoilt by one)
    std::string scope;
    std::string run;
    std::string restore_point;
    Revision revision;            ///< that the contents fit; empty if not known
    std::string manifest;         ///< SHA-256 of the restore point's manifest
    std::string snapshot;         ///< position of the restore point; failed, returned: of the swap
    std::uint32_t original = 0;   ///< oid of the database that it was copied from
    std::uint32_t successor = 0;  ///< failed, returned: oid of the database that took its place
    std::string at;               ///< when the mark was set, say_time()
};

struct MarkedDatabase {
    std::string name;
    std::uint32_t oid = 0;
    bool allows_connections = true;
    DatabaseMark mark;
};

constexpr const char* k_proven_mark = "proven";
constexpr const char* k_rehearsal_mark = "rehearsal";

/// Databases of this cluster that carry a mark of anybody, by name.
std::vector<MarkedDatabase> marked_databases(Session& session);
/// Databases of this cluster that carry a mark of `scope`, by name. Comments that are no mark are ignored.
std::vector<MarkedDatabase> marked_databases(Session& session, const std::string& scope);

/// CREATE DATABASE from template0 with encoding, locale and tablespace of `like`, then the mark.
/// Failure (3) without the right to create databases; Failure (4) otherwise.
void create_beside(Session& session, const std::string& name, const DatabaseProperties& like, const DatabaseMark& mark);
void set_mark(Session& session, const std::string& name, const DatabaseMark& mark);
/// Sealed: no connections, existing ones ended.
void seal(Session& session, const std::string& name);
void unseal(Session& session, const std::string& name);
/// Drops a database that carries a mark of `scope` and one of `kinds`, after ending its backends. Never anything else:
/// Failure (1) if the mark is missing or other. Subscriptions in it are disabled and detached from their slot first, so
/// that a remote slot is never dropped.
void drop_marked(Session& session, const ConnectionUrl& maintenance, const std::string& name, const std::string& scope,
                 const std::vector<std::string>& kinds);
/// Makes `name` free for a copy: drops a copy of `scope`, of whatever kind (not a failed or returned database), or what
/// a program that was killed between CREATE DATABASE and the mark left (no mark, owned by our role, nothing in it).
/// Never anything else: Failure (3).
void free_name_for_copy(Session& session, const ConnectionUrl& maintenance, const std::string& name,
                        const std::string& scope);
/// The same for the clone of a rehearsal, whose name is made of this very restore point: what a program that was killed
/// left there without a mark is full already, and owned by our role.
void free_name_for_clone(Session& session, const ConnectionUrl& maintenance, const std::string& name,
                         const std::string& scope);
bool database_exists(Session& session, const std::string& name);
/// oid of a database by name; none if there is none.
std::optional<std::uint32_t> database_oid(Session& session, const std::string& name);

}  // namespace lastgood
