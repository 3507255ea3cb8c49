#include "database/catalogue_state.hpp"

#include "database/server.hpp"
#include "database/session.hpp"

namespace lastgood {

namespace {

/// Yields the query over all catalogues: which there are, the server knows.
constexpr const char* k_query =
    "select 'select md5(string_agg(format(''%s %s %s'', name, rows, sum), '','' order by name)) from (' || "
    "string_agg(format('select %L, count(*), sum(hashtextextended(concat(xmin, ctid), 0)) from pg_catalog.%I', "
    "relname, relname), ' union all ' order by relname) || "
    "' union all select ''roles'', count(*), sum(hashtextextended(concat(oid, rolname), 0)) from pg_catalog.pg_roles"
    " union all select ''tablespaces'', count(*), sum(hashtextextended(concat(oid, spcname), 0)) from "
    "pg_catalog.pg_tablespace) catalogues (name, rows, sum)' "
    "from pg_catalog.pg_class where relnamespace = 'pg_catalog'::regnamespace and relkind = 'r' and not relisshared "
    "and has_table_privilege(oid, 'select') and relname <> all (array['pg_statistic', 'pg_statistic_ext_data', "
    "'pg_largeobject', 'pg_largeobject_metadata', 'pg_subscription_rel', 'pg_user_mapping'])";

}  // namespace

std::string catalogue_state(Session& session) {
    const DatabaseIdentity identity = identify(session);
    Transaction transaction(session, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    session.execute("set local search_path = pg_catalog; set local jit = off");
    const std::string query = session.value(k_query).value();
    return identity.system_identifier + "/" + std::to_string(identity.oid) + "/" + session.value(query).value();
}

}  // namespace lastgood
