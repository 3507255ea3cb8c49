#include "check/check_kinds.hpp"
#include "core/quantity.hpp"
#include "outside/http.hpp"
#include "outside/interruption.hpp"

#include <algorithm>
#include <chrono>

namespace lastgood {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int k_wrong_answers_that_count = 3;
constexpr std::chrono::milliseconds k_pause{1000};
constexpr std::chrono::milliseconds k_longest_answer{10000};

/// "" : right.
std::string what_is_wrong(const HttpAnswer& answer, const HttpCheck& check) {
    if (answer.status != check.expect_status) {
        return "status " + std::to_string(answer.status) + ", " + std::to_string(check.expect_status) + " expected";
    }
    if (answer.body.find(check.expect_body) == std::string::npos) {
        return "status " + std::to_string(answer.status) + " without the expected text";
    }
    return "";
}

}  // namespace

/// An application that is just starting may answer wrongly once or twice, or not at all yet. `within` is for all of it,
/// the check's timeout (10 s at most) for one answer.
CheckResult check_http(const CheckSettings& settings, const CheckContext& context) {
    const auto& check = std::get<HttpCheck>(settings.what);
    const auto deadline = Clock::now() + check.within;
    int wrong_in_a_row = 0;
    for (int asked = 1;; ++asked) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
        const auto longest = std::min({left, settings.timeout, k_longest_answer});
        const auto answer = http_get(check.url, std::max(longest, std::chrono::milliseconds(1)), context.interruption);
        const bool answered = answer.status != 0;
        const std::string wrong = answered ? what_is_wrong(answer, check) : answer.trouble;
        if (answered && wrong.empty()) return passed("status " + std::to_string(answer.status));
        wrong_in_a_row = answered ? wrong_in_a_row + 1 : 0;
        if (wrong_in_a_row == k_wrong_answers_that_count) return failed(wrong + ", three times in a row");
        if (Clock::now() + k_pause >= deadline) {
            const std::string tries = ", asked " + say_count(asked, "time") + " within " + say_duration(check.within);
            return answered ? failed(wrong + tries) : could_not_tell(wrong + tries);
        }
        context.interruption.wait(k_pause);
    }
}

}  // namespace lastgood
