#include "check/check.hpp"

#include "check/check_kinds.hpp"
#include "core/failure.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <stdexcept>

namespace lastgood {

namespace {

const CheckRow& row_of(const CheckSettings& settings) {
    const auto& rows = checks();
    const auto row =
        std::find_if(rows.begin(), rows.end(), [&](const auto& each) { return each.name == settings.name; });
    if (row == rows.end()) throw std::logic_error("there is no check \"" + settings.name + "\"");
    return *row;
}

CheckResult with(Verdict verdict, std::string reason) {
    CheckResult result;
    result.verdict = verdict;
    result.reason = std::move(reason);
    return result;
}

std::string first_line(const std::string& text) {
    return text.substr(0, text.find('\n'));
}

CheckResult run_guarded(const CheckSettings& settings, const CheckContext& context) {
    try {
        return row_of(settings).run(settings, context);
    } catch (const Interrupted&) {
        throw;
    } catch (const DatabaseError& error) {
        return could_not_tell(error.primary());
    } catch (const std::exception& error) {
        return could_not_tell(first_line(error.what()));
    }
}

}  // namespace

const std::vector<CheckRow>& checks() {
    static const std::vector<CheckRow> rows{
        {"sql", false, check_sql},
        {"no_pending_migrations", false, check_no_pending_migrations},
        {"rows_not_lost", false, check_rows_not_lost},
        {"http", true, check_http},
        {"command", true, check_command},
    };
    return rows;
}

CheckResult run_check(const CheckSettings& settings, const CheckContext& context) {
    const auto begin = std::chrono::steady_clock::now();
    CheckResult result = run_guarded(settings, context);
    result.name = settings.name;
    result.place = settings.place.text();
    const auto took = std::chrono::steady_clock::now() - begin;
    result.took_ms = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
    return result;
}

bool goes_through_application(const CheckSettings& settings) {
    return row_of(settings).through_application;
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

CheckResult passed(std::string reason) {
    return with(Verdict::passed, std::move(reason));
}
CheckResult failed(std::string reason) {
    return with(Verdict::failed, std::move(reason));
}
CheckResult could_not_tell(std::string reason) {
    return with(Verdict::unknown, std::move(reason));
}

Session reading_session(const CheckSettings& settings, const CheckContext& context) {
    const auto url = context.url.with_setting("statement_timeout", std::to_string(settings.timeout.count()) + "ms")
                         .with_setting("default_transaction_read_only", "on");
    return {url, context.application_name, context.interruption};
}

}  // namespace lastgood
