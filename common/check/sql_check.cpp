#include "check/check_kinds.hpp"
#include "core/quantity.hpp"

namespace lastgood {

namespace {

/// Of a query that is to yield no row, or certain rows, no more than these are fetched beyond.
constexpr std::size_t k_superfluous_rows = 1000;

CheckResult judge_value(const SqlCheck& check, const Rows& rows, bool whole) {
    Evidence evidence{.asked = check.query, .expected = shown(check.expect, whole)};
    if (rows.size() != 1 || rows[0].size() != 1) {
        evidence.found =
            say_count(rows.size(), "row") + (rows.empty() ? "" : " of " + say_count(rows[0].size(), "column"));
        return failed("one value expected, the query yields " + evidence.found, evidence);
    }
    evidence.found = shown(rows[0][0], whole);
    if (rows[0][0] == check.expect) return passed("the value is as expected", evidence);
    return failed(evidence.found + " found, " + evidence.expected + " expected", evidence);
}

/// Its first column, which may well be a key; all of it where data may be shown.
std::string say_row(const SqlCheck::Row& row, bool whole) {
    std::string text;
    for (const auto& value : row) {
        text += (text.empty() ? "" : ", ") + shown(value, whole);
        if (!whole) break;
    }
    return "[" + text + (whole || row.size() == 1 ? "]" : ", ...]");
}

std::string say_difference(std::size_t number, const SqlCheck::Row& expected, const SqlCheck::Row& found, bool whole) {
    const std::string row = "row " + std::to_string(number);
    if (whole) return row + ": " + say_row(found, whole) + " found, " + say_row(expected, whole) + " expected";
    if (found.size() != expected.size())
        return row + ": " + say_count(found.size(), "column") + ", " + std::to_string(expected.size()) + " expected";
    std::size_t column = 0;
    while (found[column] == expected[column]) ++column;
    return row + " " + say_row(found, whole) + ": column " + std::to_string(column + 1) + " is " +
           shown(found[column], whole) + ", " + shown(expected[column], whole) + " expected";
}

CheckResult judge_rows(const SqlCheck& check, const std::vector<SqlCheck::Row>& expected, const Rows& rows,
                       bool whole) {
    Differences differences;
    for (std::size_t i = 0; i < std::max(expected.size(), rows.size()); ++i) {
        if (i >= rows.size()) {
            differences.add("row " + std::to_string(i + 1) + " " + say_row(expected[i], whole) + ": not found");
        } else if (i >= expected.size()) {
            differences.add("row " + std::to_string(i + 1) + " " + say_row(rows[i], whole) + ": not expected");
        } else if (rows[i] != expected[i]) {
            differences.add(say_difference(i + 1, expected[i], rows[i], whole));
        }
    }
    const bool all = rows.size() < expected.size() + k_superfluous_rows;
    Evidence evidence{.asked = check.query, .expected = say_count(expected.size(), "row")};
    evidence.found = (all ? "" : "at least ") + say_count(rows.size(), "row");
    return judged(differences, expected.empty() ? "no row, as expected" : "the rows are as expected", evidence);
}

/// By a cursor: nobody knows how many there are.
Rows fetch(Session& session, const std::string& query, std::size_t count) {
    session.query("declare lastgood_rows no scroll cursor for " + query);
    return session.query("fetch " + std::to_string(count) + " from lastgood_rows");
}

}  // namespace

CheckResult check_sql(const CheckSettings& settings, const CheckContext& context) {
    const auto& check = std::get<SqlCheck>(settings.what);
    const bool whole = context.pipeline.verify.evidence_rows;
    Session session = reading_session(settings, context);
    Transaction transaction(session, "BEGIN READ ONLY");
    if (check.expect) return judge_value(check, session.query(check.query), whole);
    const auto expected = check.expect_rows.value_or(std::vector<SqlCheck::Row>{});
    return judge_rows(check, expected, fetch(session, check.query, expected.size() + k_superfluous_rows), whole);
}

}  // namespace lastgood
