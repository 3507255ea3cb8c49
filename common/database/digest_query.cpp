#include "database/digest_query.hpp"

#include "database/contents.hpp"

#include <algorithm>
#include <set>

namespace lastgood {
namespace {

/// concat() writes a value as its output function does, whatever casts there are, and NULL as nothing. It takes at most
/// 100 arguments (FUNC_MAX_ARGS), three of them for a column.
constexpr std::size_t k_columns_of_a_concat = 32;
constexpr int k_first_version_with_transaction_timeout = 170000;

/// Types whose cast to text is their output function: a cast is cheaper than concat(). Not boolean ("true"), character
/// (loses its padding) or inet (gets a mask), nor any type of a user's, who may have made a cast.
bool casts_as_it_prints(const std::string& type) {
    static const std::set<std::string> types{"smallint",
                                             "integer",
                                             "bigint",
                                             "numeric",
                                             "real",
                                             "double precision",
                                             "oid",
                                             "date",
                                             "interval",
                                             "uuid",
                                             "json",
                                             "jsonb",
                                             "time without time zone",
                                             "time with time zone",
                                             "timestamp without time zone",
                                             "timestamp with time zone"};
    return types.contains(type);
}

/// "numeric(10,2)" and "timestamp(3) without time zone" without their modifiers.
std::string without_modifier(const std::string& type) {
    const auto open = type.find('(');
    const auto close = type.find(')');
    if (open == std::string::npos || close == std::string::npos) return type;
    return type.substr(0, open) + type.substr(close + 1);
}

/// SQL: the octets of the column's text, NULL if it is NULL. Bytes that are known without printing the value are not
/// printed.
std::string octets_sql(const std::string& column, const std::string& full_type) {
    const std::string type = without_modifier(full_type);
    if (type == "text" || type == "character varying" || type == "character") return "octet_length(" + column + ")";
    if (type == "bytea") return "2 + 2 * octet_length(" + column + ")::bigint";
    if (type == "boolean") return "case when " + column + " is not null then 1 end";
    if (casts_as_it_prints(type)) return "octet_length(" + column + "::text)";
    // "is null" is also true of a composite whose fields are all NULL.
    return "case when " + column + " is distinct from null then octet_length(concat(" + column + ")) end";
}

std::string column_sql(const std::string& column, const std::string& type) {
    return octets_sql(column, type) + ", case when " + column + " is distinct from null then ':' else '-' end, " +
           column;
}

std::string row_sql(const Session& session, std::vector<ColumnFacts> columns) {
    std::sort(columns.begin(), columns.end(),
              [](const ColumnFacts& a, const ColumnFacts& b) { return a.name < b.name; });
    std::string row;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (i % k_columns_of_a_concat == 0) {
            row += i == 0 ? "concat(" : ") || concat(";
        } else {
            row += ", ";
        }
        row += column_sql(session.quote_name(columns[i].name), columns[i].type);
    }
    return row.empty() ? "''::text" : "(" + row + "))";
}

std::string sum_sql(const std::string& row) {
    return "select count(*), coalesce(sum(hashtextextended(" + row + " collate \"C\", 0)), 0)::text";
}

}  // namespace

std::string digest_settings(const Session& session) {
    std::string settings =
        "set local timezone = 'UTC'; set local datestyle = 'ISO, YMD'; set local intervalstyle = 'postgres'; "
        "set local extra_float_digits = 1; set local bytea_output = 'hex'; set local lc_monetary = 'C'; "
        "set local quote_all_identifiers = off; set local search_path = pg_catalog; "
        "set local row_security = off; set local jit = off; set local statement_timeout = 0; set local lock_timeout = "
        "0; "
        "set local idle_in_transaction_session_timeout = 0;";
    if (session.server_version() >= k_first_version_with_transaction_timeout) {
        settings += " set local transaction_timeout = 0;";
    }
    return settings;
}

std::string reader_settings(const Session& session) {
    return digest_settings(session) + " set local lock_timeout = '5s';";
}

std::string digest_query(const Session& session, const TableFacts& table, const std::string& condition) {
    return sum_sql(row_sql(session, table.columns)) + " from only " + session.quote_name(table.schema) + "." +
           session.quote_name(table.name) + " " + condition;
}

std::string large_objects_query() {
    return sum_sql("concat(octet_length(oid::text), ':', oid, 32, ':', md5(lo_get(oid)))") +
           " from pg_catalog.pg_largeobject_metadata";
}

}  // namespace lastgood
