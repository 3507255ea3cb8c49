#include "pipeline/keys_of_checks.hpp"

namespace lastgood {
namespace {

Key all(std::string_view help) {
    return {.name = "all", .kind = Kind::flag, .help = help, .fallback = "false"};
}

Key except(std::string_view help, std::string_view example) {
    return {.name = "except", .kind = Kind::texts, .help = help, .example = example};
}

const Section& no_pending_migrations_section() {
    static const Section section{"no_pending_migrations", "the framework has nothing left to migrate", with_window({})};
    return section;
}

const Section& no_invalid_indexes_section() {
    static const Section section{"no_invalid_indexes", "no index is invalid that was not before migrate",
                                 with_window({all("true: nor any that was")})};
    return section;
}

const Section& constraints_validated_section() {
    static const Section section{"constraints_validated", "no constraint is left NOT VALID that was not before migrate",
                                 with_window({all("true: nor any that was")})};
    return section;
}

const Section& privileges_unchanged_section() {
    static const Section section{
        "privileges_unchanged", "owners and grants are those from before migrate",
        with_window({
            except("objects that are not looked at: table, schema.table, function", "[reports]"),
            {.name = "new_objects",
             .kind = Kind::choice,
             .help = "refuse: an object that was not there before may grant nothing beyond what PostgreSQL gives by "
                     "default",
             .fallback = "ignore",
             .choices = {"ignore", "refuse"}},
        })};
    return section;
}

const Section& row_security_unchanged_section() {
    static const Section section{"row_security_unchanged",
                                 "row-level security and its policies are those from before migrate",
                                 with_window({except("tables that are not looked at", "[audit]")})};
    return section;
}

const Section& extensions_section() {
    static const Section section{"extensions", "the extensions and their versions are those from before migrate",
                                 with_window({{.name = "expect",
                                               .kind = Kind::values,
                                               .help = "exactly these instead, each with its version or any; plpgsql "
                                                       "need not be named",
                                               .example = "{ pgcrypto: \"1.3\", postgis: any }"}})};
    return section;
}

const Section& schema_is_section() {
    static const Section section{"schema_is", "the schema is the expected one; exactly one of file and fingerprint",
                                 with_window({
                                     {.name = "file",
                                      .kind = Kind::path,
                                      .help = "of pg_dump --schema-only, checked in with the release",
                                      .example = "db/schema.sql"},
                                     {.name = "fingerprint",
                                      .help = "SHA-256 of the normalised schema, as a good release has it",
                                      .example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
                                 })};
    return section;
}

}  // namespace

const std::vector<SectionOf>& schema_check_sections() {
    static const std::vector<SectionOf> sections{no_pending_migrations_section,
                                                 no_invalid_indexes_section,
                                                 constraints_validated_section,
                                                 privileges_unchanged_section,
                                                 row_security_unchanged_section,
                                                 extensions_section,
                                                 schema_is_section};
    return sections;
}

}  // namespace lastgood
