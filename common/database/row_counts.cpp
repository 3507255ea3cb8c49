#include "database/catalogue.hpp"
#include "database/contents.hpp"
#include "database/row_versions.hpp"
#include "database/session.hpp"

namespace lastgood {

RowCounts count_rows(Session& session, const std::string& newer_than_snapshot) {
    Transaction transaction(session, "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY");
    session.execute("set local row_security = off");  // an error instead of fewer rows
    const std::string newer =
        newer_than_snapshot.empty() ? "false" : newer_than_snapshot_sql("xmin", newer_than_snapshot);
    const std::string perhaps = newer_than_snapshot.empty() ? "false" : perhaps_newer_sql("xmin", newer_than_snapshot);
    RowCounts counts;
    counts.position = *session.value(snapshot_position_sql());
    for (const CatalogueTable& table : read_tables_and_sequences(session).tables) {
        const Rows rows = session.query("select pg_catalog.count(*), pg_catalog.count(*) filter (where " + newer +
                                        "), pg_catalog.count(*) filter (where " + perhaps + ") from only " +
                                        session.quote_name(table.facts.schema) + "." +
                                        session.quote_name(table.facts.name) + " " + table.condition);
        counts.tables.push_back({table.facts.qualified(), table.facts.oid, std::stoull(*rows[0][0]),
                                 std::stoull(*rows[0][1]), std::stoull(*rows[0][2])});
    }
    transaction.commit();
    return counts;
}

}  // namespace lastgood
