#include "store/http_retries.hpp"

#include "outside/interruption.hpp"
#include "store/backoff.hpp"
#include "store/s3_error.hpp"

#include <algorithm>

namespace lastgood {

using std::chrono::milliseconds;

namespace {

constexpr milliseconds k_look{100};  // between two looks at the stop token

void wait(const Interruption& interruption, milliseconds duration, const std::stop_token& stop) {
    for (; duration.count() > 0 && !stop.stop_requested(); duration -= k_look)
        interruption.wait(std::min(duration, k_look));
}

}  // namespace

HttpAnswer send_with_retries(const HttpClient& http, const Interruption& interruption,
                             const std::function<HttpRequest()>& next_try) {
    const auto begin = std::chrono::steady_clock::now();
    for (int tries = 1;; ++tries) {
        const HttpRequest request = next_try();
        HttpAnswer answer = http.send(request);
        const auto error = read_s3_error(answer);
        if (!error || !error->may_pass || request.stop.stop_requested()) return answer;
        const auto elapsed = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begin);
        const auto delay = backoff(tries, elapsed, random_jitter());
        if (!delay) return answer;
        wait(interruption, *delay, request.stop);
    }
}

}  // namespace lastgood
