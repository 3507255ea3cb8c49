#include "pipeline/keys.hpp"

namespace lastgood {
namespace {

Key timeout() {
    return {.name = "timeout",
            .kind = Kind::duration,
            .help = "then the check could not tell",
            .fallback = "60s",
            .minimum = 1};
}

const Section& sql_section() {
    static const Section section{"sql",
                                 "one query with one value",
                                 {
                                     {.name = "query",
                                      .help = "yields one row with one column",
                                      .required = true,
                                      .example = "select count(*) from course where title is null"},
                                     {.name = "expect",
                                      .kind = Kind::scalar,
                                      .help = "the value, as PostgreSQL prints it",
                                      .required = true,
                                      .example = "0"},
                                     timeout(),
                                 }};
    return section;
}

const Section& no_pending_migrations_section() {
    static const Section section{"no_pending_migrations", "the framework has nothing left to migrate", {timeout()}};
    return section;
}

const Section& rows_not_lost_section() {
    static const Section section{"rows_not_lost",
                                 "no table has fewer rows than when migrate began",
                                 {
                                     {.name = "except",
                                      .kind = Kind::texts,
                                      .help = "tables that are not looked at",
                                      .example = "[django_session]"},
                                     {.name = "tolerance",
                                      .kind = Kind::numbers,
                                      .help = "rows that a table may lose, or such a number per table; without it a "
                                              "shortfall under writes: open could not tell",
                                      .example = "0"},
                                     timeout(),
                                 }};
    return section;
}

const Section& http_section() {
    static const Section section{
        "http",
        "GET; a wrong answer fails after three in a row",
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
            {.name = "within",
             .kind = Kind::duration,
             .help = "how long a good answer is waited for",
             .fallback = "60s",
             .minimum = 1},
            timeout(),
        }};
    return section;
}

const Section& command_section() {
    static const Section section{"command",
                                 "a program in the work tree; exit status 0 passes",
                                 {
                                     {.name = "run",
                                      .kind = Kind::argv,
                                      .help = "the program and its arguments",
                                      .required = true,
                                      .example = "[./check.sh]"},
                                     timeout(),
                                 }};
    return section;
}

}  // namespace

const std::vector<SectionOf>& check_sections() {
    static const std::vector<SectionOf> sections{sql_section, no_pending_migrations_section, rows_not_lost_section,
                                                 http_section, command_section};
    return sections;
}

}  // namespace lastgood
