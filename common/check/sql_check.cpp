#include "check/check_kinds.hpp"
#include "core/quantity.hpp"

#include <regex>

namespace lastgood {

namespace {

/// Evidence holds no data: a number or a boolean is shown, of anything else its length.
std::string shown(const std::optional<std::string>& value) {
    static const std::regex plain("[tf]|-?[0-9]+(\\.[0-9]+)?([eE][-+]?[0-9]+)?");
    if (!value) return "NULL";
    return std::regex_match(*value, plain) ? *value : "a text of " + say_count(value->size(), "byte");
}

}  // namespace

CheckResult check_sql(const CheckSettings& settings, const CheckContext& context) {
    const auto& check = std::get<SqlCheck>(settings.what);
    Session session = reading_session(settings, context);
    Transaction transaction(session, "BEGIN READ ONLY");
    const Rows rows = session.query(check.query);
    if (rows.size() != 1 || rows[0].size() != 1) {
        return failed("one value expected, the query yields " + say_count(rows.size(), "row") +
                      (rows.empty() ? "" : " of " + say_count(rows[0].size(), "column")));
    }
    if (rows[0][0] == check.expect) return passed("the value is as expected");
    return failed(shown(rows[0][0]) + " found, " + shown(check.expect) + " expected");
}

}  // namespace lastgood
