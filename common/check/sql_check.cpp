#include "check/check_kinds.hpp"
#include "core/quantity.hpp"

namespace lastgood {

CheckResult check_sql(const CheckSettings& settings, const CheckContext& context) {
    const auto& check = std::get<SqlCheck>(settings.what);
    const bool whole = context.pipeline.verify.evidence_rows;
    Session session = reading_session(settings, context);
    Transaction transaction(session, "BEGIN READ ONLY");
    const Rows rows = session.query(check.query);
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

}  // namespace lastgood
