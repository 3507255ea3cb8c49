#include "database/catalogue.hpp"

#include "database/contents.hpp"
#include "database/session.hpp"

#include <algorithm>
#include <map>

namespace lastgood {
namespace {

/// Types are named as nobody's search_path shows them; the caller's comes back.
class PlainSearchPath {
  public:
    explicit PlainSearchPath(Session& session)
        : m_session(session), m_before(session.value("select pg_catalog.current_setting('search_path')").value_or("")) {
        set("pg_catalog");
    }
    void restore() { set(m_before); }

  private:
    void set(const std::string& path) {
        m_session.query("select pg_catalog.set_config('search_path', $1, false)", {path});
    }

    Session& m_session;
    std::string m_before;
};

/// Relations of people's schemas, with the extension they are part of and, for its configuration tables, the condition.
constexpr const char* k_relations =
    "select c.oid, n.nspname, c.relname, c.relfilenode, c.relkind, e.extname, "
    "c.oid = any (e.extconfig) as configuration, e.extcondition[array_position(e.extconfig, c.oid)], "
    "(greatest(c.relpages, 0) + greatest(coalesce(t.relpages, 0), 0)) * current_setting('block_size')::bigint, "
    "greatest(c.relpages, 0) "
    "from pg_class c join pg_namespace n on n.oid = c.relnamespace "
    "left join pg_class t on t.oid = c.reltoastrelid "
    "left join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = c.oid and d.objsubid = 0 "
    "and d.deptype = 'e' and d.refclassid = 'pg_extension'::regclass "
    "left join pg_extension e on e.oid = d.refobjid "
    "where c.relkind in ('r', 'm', 'f') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema' "
    "and c.relpersistence <> 't'";

constexpr int k_first_version_with_generated_columns = 120000;

std::string columns_sql(const Session& session) {
    const bool generated = session.server_version() >= k_first_version_with_generated_columns;
    return std::string("select a.attrelid, a.attname, a.attnum, format_type(a.atttypid, a.atttypmod), ") +
           (generated ? "a.attgenerated <> ''" : "false") +
           " from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace "
           "where a.attnum > 0 and not a.attisdropped and c.relkind = 'r' "
           "and n.nspname !~ '^pg_' and n.nspname <> 'information_schema' order by a.attrelid, a.attnum";
}

constexpr const char* k_keys =
    "select x.indrelid, a.attname from pg_index x cross join unnest(x.indkey::int2[]) with ordinality as k (attnum, "
    "place) "
    "join pg_attribute a on a.attrelid = x.indrelid and a.attnum = k.attnum "
    "where x.indisprimary and k.place <= x.indnkeyatts order by x.indrelid, k.place";

constexpr const char* k_sequences =
    "select n.nspname, c.relname, s.seqincrement, has_sequence_privilege(c.oid, 'USAGE, SELECT') as readable, "
    "case when has_sequence_privilege(c.oid, 'USAGE, SELECT') then pg_sequence_last_value(c.oid) end "
    "from pg_sequence s join pg_class c on c.oid = s.seqrelid join pg_namespace n on n.oid = c.relnamespace "
    "left join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = c.oid and d.objsubid = 0 "
    "and d.deptype = 'e' and d.refclassid = 'pg_extension'::regclass "
    "left join pg_extension e on e.oid = d.refobjid "
    "where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and c.relpersistence <> 't' "
    "and (e.oid is null or c.oid = any (e.extconfig))";

/// Why a relation has no digest; "" if it has one.
std::string reason_for_leaving_out(const Rows::Row& relation) {
    if (relation[4] == "m") return "materialized view, refreshed by a restore";
    if (relation[4] == "f") return "foreign table, its rows are elsewhere";
    if (relation[5] && relation[6] != "t") return "part of extension " + *relation[5];
    return "";
}

std::uint32_t oid_of(const std::optional<std::string>& text) {
    return static_cast<std::uint32_t>(std::stoul(*text));
}

void read_relations(Session& session, Catalogue& catalogue) {
    for (const auto& row : session.query(k_relations)) {
        CatalogueTable table;
        table.facts.oid = oid_of(row[0]);
        table.facts.schema = *row[1];
        table.facts.name = *row[2];
        table.facts.filenode = oid_of(row[3]);
        table.of_extension = row[5].has_value();
        table.condition = row[7].value_or("");
        table.size = std::stoull(*row[8]);
        table.pages = std::stoull(*row[9]);
        const std::string reason = reason_for_leaving_out(row);
        if (reason.empty()) {
            catalogue.tables.push_back(std::move(table));
        } else {
            catalogue.not_compared.push_back(table.facts.qualified() + ": " + reason);
        }
    }
    std::sort(catalogue.tables.begin(), catalogue.tables.end(), [](const CatalogueTable& a, const CatalogueTable& b) {
        return a.facts.qualified() < b.facts.qualified();
    });
}

void read_columns(Session& session, Catalogue& catalogue) {
    std::map<std::uint32_t, CatalogueTable*> by_oid;
    for (CatalogueTable& table : catalogue.tables) by_oid[table.facts.oid] = &table;
    for (const auto& row : session.query(columns_sql(session))) {
        const auto table = by_oid.find(oid_of(row[0]));
        if (table == by_oid.end()) continue;
        table->second->facts.columns.push_back({*row[1], std::stoi(*row[2]), *row[3]});
        if (row[4] == "t") table->second->generated.push_back(*row[1]);
    }
    for (const auto& row : session.query(k_keys)) {
        const auto table = by_oid.find(oid_of(row[0]));
        if (table != by_oid.end()) table->second->facts.key.push_back(*row[1]);
    }
}

void read_sequences(Session& session, Catalogue& catalogue) {
    for (const auto& row : session.query(k_sequences)) {
        SequenceFacts sequence{*row[0], *row[1], std::nullopt, std::stoll(*row[2])};
        if (row[3] != "t") {
            catalogue.not_compared.push_back(sequence.qualified() + ": sequence that this role may not read");
            continue;
        }
        if (row[4]) sequence.last_value = std::stoll(*row[4]);
        catalogue.sequences.push_back(std::move(sequence));
    }
    std::sort(catalogue.sequences.begin(), catalogue.sequences.end(),
              [](const SequenceFacts& a, const SequenceFacts& b) { return a.qualified() < b.qualified(); });
}

}  // namespace

Catalogue read_tables_and_sequences(Session& session) {
    Catalogue catalogue;
    PlainSearchPath path(session);
    read_relations(session, catalogue);
    read_columns(session, catalogue);
    read_sequences(session, catalogue);
    path.restore();
    std::sort(catalogue.not_compared.begin(), catalogue.not_compared.end());
    return catalogue;
}

ContentFacts read_catalogue(Session& session) {
    Catalogue catalogue = read_tables_and_sequences(session);
    ContentFacts facts;
    for (CatalogueTable& table : catalogue.tables) facts.tables.push_back(std::move(table.facts));
    facts.sequences = std::move(catalogue.sequences);
    facts.large_objects = "0/0";
    facts.not_compared = std::move(catalogue.not_compared);
    return facts;
}

}  // namespace lastgood
