#include "pipeline/keys.hpp"

namespace lastgood {
namespace {

/// PostgreSQL keeps its statement_timeout in an int of milliseconds.
constexpr std::uint64_t k_longest_answer = 2147483647;

/// Behind a check's own keys come those that every check has.
std::vector<Key> with_window(std::vector<Key> own, std::string_view timeout = "60s", std::string_view within = "0s") {
    own.push_back({.name = "timeout",
                   .kind = Kind::duration,
                   .help = "of one answer; then the check could not tell",
                   .fallback = timeout,
                   .minimum = 1,
                   .maximum = k_longest_answer});
    own.push_back({.name = "within",
                   .kind = Kind::duration,
                   .help = "it is asked again until it passes, for so long",
                   .fallback = within});
    own.push_back({.name = "for",
                   .kind = Kind::duration,
                   .help = "it is asked again for so long, and the first failure fails it",
                   .fallback = "0s"});
    own.push_back({.name = "every",
                   .kind = Kind::duration,
                   .help = "between two questions; 1s while it is waited for (within), 10s while it is watched (for)",
                   .example = "10s",
                   .minimum = 1});
    return own;
}

const Section& sql_section() {
    static const Section section{"sql", "one query with one value",
                                 with_window({
                                     {.name = "query",
                                      .help = "yields one row with one column",
                                      .required = true,
                                      .example = "select count(*) from course where title is null"},
                                     {.name = "expect",
                                      .kind = Kind::scalar,
                                      .help = "the value, as PostgreSQL prints it",
                                      .required = true,
                                      .example = "0"},
                                 })};
    return section;
}

const Section& no_pending_migrations_section() {
    static const Section section{"no_pending_migrations", "the framework has nothing left to migrate", with_window({})};
    return section;
}

const Section& rows_not_lost_section() {
    static const Section section{
        "rows_not_lost", "no table has fewer rows than when migrate began",
        with_window(
            {
                {.name = "only",
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
                 .example = "0"},
            },
            "10m")};
    return section;
}

const Section& http_section() {
    static const Section section{
        "http", "GET; no answer at all could not tell",
        with_window(
            {
                {.name = "url",
                 .kind = Kind::http_url,
                 .help = "what to get",
                 .required = true,
                 .example = "${APP_URL}/health"},
                {.name = "expect_status",
                 .kind = Kind::number,
                 .help = "of the answer",
                 .fallback = "200",
                 .minimum = 100,
                 .maximum = 599},
                {.name = "expect_body", .help = "a text that the answer contains", .example = "ok"},
            },
            "10s", "60s")};
    return section;
}

const Section& command_section() {
    static const Section section{"command", "a program in the work tree; exit status 0 passes",
                                 with_window({
                                     {.name = "run",
                                      .kind = Kind::argv,
                                      .help = "the program and its arguments",
                                      .required = true,
                                      .example = "[./check.sh]"},
                                 })};
    return section;
}

}  // namespace

const std::vector<SectionOf>& check_sections() {
    static const std::vector<SectionOf> sections{sql_section, no_pending_migrations_section, rows_not_lost_section,
                                                 http_section, command_section};
    return sections;
}

}  // namespace lastgood
