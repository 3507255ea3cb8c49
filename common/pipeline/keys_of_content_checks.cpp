#include "pipeline/keys_of_checks.hpp"

namespace lastgood {
namespace {

/// Whole tables are read, whatever their size.
constexpr std::string_view k_reading_tables = "10m";

const Section& sql_section() {
    static const Section section{
        "sql", "one query, which changes nothing; exactly one of expect, expect_rows and expect_empty",
        with_window({
            {.name = "query",
             .help = "a statement that yields rows",
             .required = true,
             .example = "select count(*) from course where title is null"},
            {.name = "expect",
             .kind = Kind::scalar,
             .help = "the one value of the one row, as PostgreSQL prints it",
             .example = "0"},
            {.name = "expect_rows",
             .kind = Kind::rows,
             .help = "the rows, in the order in which the query yields them; null is NULL",
             .example = "[[1, open], [2, null]]"},
            {.name = "expect_empty", .kind = Kind::flag, .help = "no row at all", .example = "true"},
        })};
    return section;
}

const Section& rows_not_lost_section() {
    static const Section section{
        "rows_not_lost", "no table has fewer rows than when migrate began",
        with_window({{.name = "only",
                      .kind = Kind::texts,
                      .help = "tables that are looked at, and no others",
                      .example = "[orders]"},
                     {.name = "except",
                      .kind = Kind::texts,
                      .help = "tables that are not looked at",
                      .example = "[django_session]"},
                     {.name = "tolerance",
                      .kind = Kind::numbers,
                      .help = "rows that a table may lose, or such a number per table; without it a "
                              "shortfall under writes: open could not tell",
                      .example = "0"}},
                    k_reading_tables)};
    return section;
}

const Section& unchanged_section() {
    static const Section section{"unchanged", "tables that this release must not touch hold what the restore point saw",
                                 with_window({{.name = "tables",
                                               .kind = Kind::texts,
                                               .help = "table or schema.table; of a partitioned table its partitions",
                                               .required = true,
                                               .example = "[accounts, ledger]"}},
                                             k_reading_tables)};
    return section;
}

const Section& sequences_ahead_section() {
    static const Section section{"sequences_ahead",
                                 "no sequence is about to issue a number that its column holds already",
                                 with_window({{.name = "except",
                                               .kind = Kind::texts,
                                               .help = "sequences that are not looked at",
                                               .example = "[legacy_id_seq]"}})};
    return section;
}

const Section& queries_not_slower_section() {
    static const Section section{
        "queries_not_slower", "named queries take about as long as before migrate, when they are run too",
        with_window({
            {.name = "queries",
             .kind = Kind::values,
             .help = "SELECTs by name, run by EXPLAIN ANALYZE in a read only transaction",
             .required = true,
             .example = "{ newest: \"select * from orders order by id desc limit 10\" }"},
            {.name = "ratio",
             .kind = Kind::decimal,
             .help = "how much longer one may take",
             .fallback = "2",
             .minimum = 1},
            {.name = "runs",
             .kind = Kind::number,
             .help = "their median counts",
             .fallback = "3",
             .minimum = 1,
             .maximum = 100},
            {.name = "floor", .kind = Kind::duration, .help = "what is quicker is quick enough", .fallback = "5ms"},
        })};
    return section;
}

}  // namespace

const std::vector<SectionOf>& content_check_sections() {
    static const std::vector<SectionOf> sections{sql_section, rows_not_lost_section, unchanged_section,
                                                 sequences_ahead_section, queries_not_slower_section};
    return sections;
}

}  // namespace lastgood
