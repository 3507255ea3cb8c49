#include "core/failure.hpp"
#include "database/backends.hpp"
#include "database/beside.hpp"
#include "database/database_mark.hpp"
#include "database/session.hpp"

#include <algorithm>
#include <chrono>

namespace lastgood {
namespace {

constexpr std::chrono::seconds k_end_patience{10};

struct Doomed {
    std::string oid;
    bool allows_connections;
    std::string connection_limit;
};

/// The database, if it is one of ours that may go. Failure (1) otherwise: nobody may ask for that.
Doomed doomed_database(Session& session, const std::string& name, const std::string& scope,
                       const std::vector<std::string>& kinds) {
    const Rows rows = session.query(
        "SELECT oid, datallowconn, datconnlimit, pg_catalog.shobj_description(oid, 'pg_database')"
        " FROM pg_catalog.pg_database WHERE datname = $1",
        {name});
    const auto mark = rows.empty() ? std::nullopt : parse_mark(rows[0][3].value_or(""));
    if (!mark || mark->scope != scope || std::find(kinds.begin(), kinds.end(), mark->kind) == kinds.end()) {
        throw Failure(ExitCode::bug, "\"" + name + "\" was to be dropped but does not carry the mark for it", "nothing",
                      "lastgood history   and report this with its output");
    }
    return {rows[0][0].value(), rows[0][1] == "t", rows[0][2].value()};
}

void detach_subscription(Session& inside, const std::string& subscription) {
    const std::string name = inside.quote_name(subscription);
    inside.execute("ALTER SUBSCRIPTION " + name + " DISABLE");
    inside.execute("ALTER SUBSCRIPTION " + name + " SET (slot_name = NONE)");
    inside.execute("DROP SUBSCRIPTION " + name);
}

/// Sealed databases cannot be entered, and the last connection limit of a failed one is 0: opened for this, and closed
/// again.
void drop_subscriptions(Session& session, const ConnectionUrl& maintenance, const std::string& name,
                        const Doomed& doomed) {
    const Rows subscriptions = session.query(
        "SELECT subname FROM pg_catalog.pg_subscription WHERE subdbid = $1::pg_catalog.oid ORDER BY 1", {doomed.oid});
    if (subscriptions.empty()) return;
    const std::string alter = "ALTER DATABASE " + session.quote_name(name);
    const std::string application = session.value("SELECT pg_catalog.current_setting('application_name')").value_or("");
    session.execute(alter + " ALLOW_CONNECTIONS true");
    session.execute(alter + " CONNECTION LIMIT -1");
    std::string subscription;
    try {
        Session inside(maintenance.with_database(name), application, session.interruption());
        for (const auto& row : subscriptions) {
            subscription = row[0].value();
            detach_subscription(inside, subscription);
        }
    } catch (const DatabaseError& error) {
        session.execute(alter + " CONNECTION LIMIT " + doomed.connection_limit);
        if (!doomed.allows_connections) session.execute(alter + " ALLOW_CONNECTIONS false");
        throw Failure(ExitCode::failed_clean,
                      "\"" + name + "\" is kept: its subscription \"" + subscription +
                          "\" cannot be detached from the publisher's slot: " + error.primary(),
                      "nothing",
                      "ALTER SUBSCRIPTION " + session.quote_name(subscription) +
                          " SET (slot_name = NONE);   in that database, as its owner or a superuser, after DISABLE");
    }
}

/// Created by our role and never filled nor marked. The name alone would not be enough.
bool never_marked(Session& session, const ConnectionUrl& maintenance, const std::string& name) {
    const Rows rows = session.query(
        "SELECT FROM pg_catalog.pg_database WHERE datname = $1 AND datallowconn"
        " AND pg_catalog.shobj_description(oid, 'pg_database') IS NULL"
        " AND pg_catalog.pg_get_userbyid(datdba) = current_user",
        {name});
    if (rows.empty()) return false;
    const std::string application = session.value("SELECT pg_catalog.current_setting('application_name')").value_or("");
    Session inside(maintenance.with_database(name), application, session.interruption());
    return inside.value(
               "SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_class WHERE oid >= 16384)"
               " AND NOT EXISTS (SELECT FROM pg_catalog.pg_proc WHERE oid >= 16384)"
               " AND NOT EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata)") == "t";
}

}  // namespace

void free_name_for_clone(Session& session, const ConnectionUrl& maintenance, const std::string& name,
                         const std::string& scope) {
    const Rows unmarked = session.query(
        "SELECT FROM pg_catalog.pg_database WHERE datname = $1 AND datallowconn"
        " AND pg_catalog.shobj_description(oid, 'pg_database') IS NULL"
        " AND pg_catalog.pg_get_userbyid(datdba) = current_user",
        {name});
    if (unmarked.empty()) return free_name_for_copy(session, maintenance, name, scope);
    session.execute("DROP DATABASE " + session.quote_name(name));
}

void free_name_for_copy(Session& session, const ConnectionUrl& maintenance, const std::string& name,
                        const std::string& scope) {
    if (!database_exists(session, name)) return;
    const auto marked = marked_databases(session, scope);
    const std::vector<std::string> kinds{"copy", "standby", k_proven_mark, k_rehearsal_mark};
    const bool ours = std::any_of(marked.begin(), marked.end(), [&](const MarkedDatabase& database) {
        return database.name == name && std::find(kinds.begin(), kinds.end(), database.mark.kind) != kinds.end();
    });
    if (ours) return drop_marked(session, maintenance, name, scope, kinds);
    if (!never_marked(session, maintenance, name)) {
        throw Failure(ExitCode::refused,
                      "\"" + name + "\" is in the way: the copy would have its name, and it is none of ours", "nothing",
                      "look into it, then rename it: ALTER DATABASE " + session.quote_name(name) + " RENAME TO ...");
    }
    // Without FORCE: whoever is in it has a reason.
    session.execute("DROP DATABASE " + session.quote_name(name));
}

void drop_marked(Session& session, const ConnectionUrl& maintenance, const std::string& name, const std::string& scope,
                 const std::vector<std::string>& kinds) {
    drop_subscriptions(session, maintenance, name, doomed_database(session, name, scope, kinds));
    session.execute("ALTER DATABASE " + session.quote_name(name) + " ALLOW_CONNECTIONS false");
    end_backends(session, name, {}, k_end_patience);
    doomed_database(session, name, scope, kinds);
    try {
        session.execute("DROP DATABASE " + session.quote_name(name));
    } catch (const DatabaseError& error) {
        if (error.connection_lost()) throw;
        throw Failure(ExitCode::failed_clean, "cannot drop \"" + name + "\": " + error.primary(),
                      "it accepts no connections any more, its contents are untouched",
                      "DROP DATABASE " + session.quote_name(name) + " WITH (FORCE);   as a superuser")
            .with_detail(error.what());
    }
}

}  // namespace lastgood
