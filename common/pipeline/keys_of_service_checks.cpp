#include "pipeline/keys_of_checks.hpp"

namespace lastgood {
namespace {

const Section& tls_section() {
    static const Section section{
        "tls",
        "of the server's certificate; one that is not trusted fails",
        {
            {.name = "min_days_left",
             .kind = Kind::number,
             .help = "how long it must be valid still",
             .fallback = "0",
             .example = "14",
             .maximum = 36500},
            {.name = "ca",
             .help = "PEM file of who signed it, if not one that the system trusts; relative to the pipeline",
             .example = "ca.pem"},
        }};
    return section;
}

const Section& http_section() {
    static const Section section{
        "http", "GET; no answer at all could not tell",
        with_window({{.name = "url",
                      .kind = Kind::http_url,
                      .help = "what to get",
                      .required = true,
                      .example = "${APP_URL}/health"},
                     {.name = "headers",
                      .kind = Kind::headers,
                      .help = "of the request; a secret comes from a reference",
                      .example = "{ Authorization: \"Bearer ${APP_TOKEN}\" }"},
                     {.name = "expect_status",
                      .kind = Kind::number_list,
                      .help = "of the answer, or a list of which it is one",
                      .fallback = "200",
                      .minimum = 100,
                      .maximum = 599},
                     {.name = "expect_body", .help = "a text that the answer contains", .example = "ok"},
                     {.name = "expect_json",
                      .kind = Kind::values,
                      .help = "values in the answer, by their paths: a.b, items[0].name",
                      .example = "{ status: ok }"},
                     {.name = "max_latency",
                      .kind = Kind::duration,
                      .help = "from the request to the end of the answer",
                      .example = "500ms",
                      .minimum = 1},
                     {.name = "tls", .kind = Kind::section, .help = tls_section().help, .section = tls_section}},
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

const Section& replication_lag_section() {
    static const Section section{
        "replication_lag", "replicas keep up; without any it could not tell",
        with_window({
            {.name = "max",
             .kind = Kind::duration,
             .help = "until each replica has replayed what was written when the check began",
             .example = "10s",
             .minimum = 1},
            {.name = "max_bytes", .kind = Kind::size, .help = "that a replica has not replayed", .example = "64MB"},
            {.name = "slots",
             .kind = Kind::flag,
             .help = "true: max_bytes is also of WAL that a replication slot keeps, and none is lost",
             .fallback = "false"},
            {.name = "expect_replicas",
             .kind = Kind::number,
             .help = "how many there must be at least; 0: none is fine",
             .example = "1",
             .maximum = 1000},
        })};
    return section;
}

const Section& no_long_locks_section() {
    static const Section section{"no_long_locks", "nobody has waited for a lock longer than this",
                                 with_window({
                                     {.name = "max",
                                      .kind = Kind::duration,
                                      .help = "that somebody may wait",
                                      .required = true,
                                      .example = "5s",
                                      .minimum = 1},
                                 })};
    return section;
}

}  // namespace

const std::vector<SectionOf>& service_check_sections() {
    static const std::vector<SectionOf> sections{http_section, command_section, replication_lag_section,
                                                 no_long_locks_section};
    return sections;
}

}  // namespace lastgood
