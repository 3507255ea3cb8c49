#include "pipeline/sections.hpp"

#include <stdexcept>

namespace lastgood {
namespace {

RowsNotLostCheck read_rows_not_lost(const SectionReader& check) {
    RowsNotLostCheck what;
    what.except = check.list("except");
    if (check.is_map("tolerance")) {
        what.per_table = check.numbers("tolerance");
    } else if (check.has("tolerance")) {
        what.tolerance = check.number("tolerance");
    }
    return what;
}

HttpCheck read_http(const SectionReader& check) {
    HttpCheck what;
    what.url = check.text("url");
    what.expect_status = static_cast<long>(check.number("expect_status"));
    what.expect_body = check.text("expect_body");
    what.within = check.duration("within");
    return what;
}

}  // namespace

CheckSettings read_check(const SectionReader& check) {
    CheckSettings settings;
    settings.name = check.name();
    settings.place = check.place();
    settings.timeout = check.duration("timeout");
    if (check.name() == "sql") {
        settings.what = SqlCheck{check.text("query"), check.text("expect")};
    } else if (check.name() == "no_pending_migrations") {
        settings.what = NoPendingMigrationsCheck{};
    } else if (check.name() == "rows_not_lost") {
        settings.what = read_rows_not_lost(check);
    } else if (check.name() == "http") {
        settings.what = read_http(check);
    } else if (check.name() == "command") {
        settings.what = CommandCheck{check.list("run")};
    } else {
        throw std::logic_error("no reader for the check " + check.name());
    }
    return settings;
}

}  // namespace lastgood
