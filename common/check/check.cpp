#include "check/check.hpp"

#include "check/check_kinds.hpp"
#include "core/failure.hpp"

#include <algorithm>
#include <exception>
#include <stdexcept>

namespace lastgood {

namespace {

CheckResult with(Verdict verdict, std::string reason, Evidence evidence) {
    CheckResult result;
    result.verdict = verdict;
    result.reason = std::move(reason);
    result.evidence = std::move(evidence);
    return result;
}

std::string first_line(const std::string& text) {
    return text.substr(0, text.find('\n'));
}

}  // namespace

const std::vector<CheckRow>& checks() {
    static const std::vector<CheckRow> rows{
        {"sql", false, true, check_sql},
        {"no_pending_migrations", false, true, check_no_pending_migrations},
        {"rows_not_lost", false, true, check_rows_not_lost},
        {"unchanged", false, true, check_unchanged},
        {"sequences_ahead", false, true, check_sequences_ahead},
        {"no_invalid_indexes", false, true, check_no_invalid_indexes, remember_indexes},
        {"constraints_validated", false, true, check_constraints_validated, remember_constraints},
        {"privileges_unchanged", false, true, check_privileges_unchanged, remember_privileges},
        {"row_security_unchanged", false, true, check_row_security_unchanged, remember_row_security},
        {"extensions", false, true, check_extensions, remember_extensions},
        {"schema_is", false, true, check_schema_is},
        {"queries_not_slower", false, false, check_queries_not_slower, remember_queries},
        {"replication_lag", false, false, check_replication_lag},
        {"no_long_locks", false, false, check_no_long_locks},
        {"http", true, false, check_http},
        {"command", true, false, check_command},
    };
    return rows;
}

const CheckRow& row_of(const CheckSettings& settings) {
    const auto& rows = checks();
    const auto row =
        std::find_if(rows.begin(), rows.end(), [&](const auto& each) { return each.name == settings.name; });
    if (row == rows.end()) throw std::logic_error("there is no check \"" + settings.name + "\"");
    return *row;
}

namespace {

/// What the server says of data that does not fit, or a function raises, holds data.
std::string words_of(const DatabaseError& error, bool whole) {
    const std::string state = error.sqlstate().substr(0, 2);
    if (whole || (state != "22" && state != "23" && state != "P0")) return error.primary();
    return "the query fails with SQLSTATE " + error.sqlstate() + " (evidence: rows shows the server's words)";
}

}  // namespace

CheckResult ask(const CheckSettings& settings, const CheckContext& context) {
    try {
        return row_of(settings).run(settings, context);
    } catch (const Interrupted&) {
        throw;
    } catch (const DatabaseError& error) {
        return could_not_tell(words_of(error, context.pipeline.verify.evidence_rows));
    } catch (const std::exception& error) {
        return could_not_tell(first_line(error.what()));
    }
}

Verdict verdict_of(const std::vector<CheckResult>& results) {
    const auto any = [&](Verdict verdict) {
        return std::any_of(results.begin(), results.end(), [&](const auto& each) { return each.verdict == verdict; });
    };
    if (any(Verdict::failed)) return Verdict::failed;
    return any(Verdict::unknown) ? Verdict::unknown : Verdict::passed;
}

std::string text_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::passed:
            return "passed";
        case Verdict::failed:
            return "failed";
        case Verdict::unknown:
            return "could not tell";
    }
    throw std::logic_error("no such verdict");
}

CheckResult passed(std::string reason, Evidence evidence) {
    return with(Verdict::passed, std::move(reason), std::move(evidence));
}
CheckResult failed(std::string reason, Evidence evidence) {
    return with(Verdict::failed, std::move(reason), std::move(evidence));
}
CheckResult could_not_tell(std::string reason, Evidence evidence) {
    return with(Verdict::unknown, std::move(reason), std::move(evidence));
}

CheckResult judged(const Differences& differences, const std::string& without_any, Evidence evidence) {
    if (differences.none()) return passed(without_any, std::move(evidence));
    evidence.differences = differences.first();
    return failed(differences.say(), std::move(evidence));
}

CheckResult not_known_before(const std::string& what) {
    return could_not_tell(what + " before migrate was not noted: the check came later");
}

bool means(const std::string& written, const std::string& qualified) {
    return qualified == written || qualified.ends_with("." + written);
}

bool any_means(const std::vector<std::string>& written, const std::string& qualified) {
    return std::any_of(written.begin(), written.end(), [&](const auto& each) { return means(each, qualified); });
}

Session reading_session(const CheckSettings& settings, const CheckContext& context) {
    const auto url = context.url.with_setting("statement_timeout", std::to_string(settings.timeout.count()) + "ms")
                         .with_setting("default_transaction_read_only", "on");
    return {url, context.application_name, context.interruption};
}

ReadingOrder reading_order(const CheckSettings& settings, const CheckContext& context) {
    return {context.url.with_setting("default_transaction_read_only", "on"), context.application_name,
            context.pipeline.capture.jobs, context.interruption, std::chrono::steady_clock::now() + settings.timeout};
}

}  // namespace lastgood
