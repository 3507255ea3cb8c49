#include "pipeline/sections.hpp"

#include <stdexcept>

namespace lastgood {
namespace {

Window read_window(const SectionReader& check) {
    Window window;
    window.within = check.duration("within");
    window.lasting = check.duration("for");
    if (!check.has("every")) return window;
    window.every = check.duration("every");
    if (window.within.count() == 0 && window.lasting.count() == 0)
        check.refuse("every", "every means nothing to a check that is asked once", "add for: 2m or within: 60s");
    return window;
}

RowsNotLostCheck read_rows_not_lost(const SectionReader& check) {
    RowsNotLostCheck what;
    what.only = check.list("only");
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
    return what;
}

}  // namespace

CheckSettings read_check(const SectionReader& check) {
    CheckSettings settings;
    settings.name = check.name();
    settings.place = check.place();
    settings.timeout = check.duration("timeout");
    settings.window = read_window(check);
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
