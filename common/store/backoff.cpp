#include "store/backoff.hpp"

#include <algorithm>
#include <random>

namespace lastgood {

using std::chrono::milliseconds;

namespace {

constexpr milliseconds k_first{200};
constexpr milliseconds k_longest{5'000};
constexpr milliseconds k_patience{30'000};
constexpr int k_fewest_tries = 2;
constexpr int k_doublings = 5;  // 200 ms doubled five times is more than the longest

}  // namespace

std::optional<milliseconds> backoff(int tries, milliseconds elapsed, double jitter) {
    const milliseconds whole = std::min(k_first * (1 << std::min(tries - 1, k_doublings)), k_longest);
    const milliseconds delay = whole / 2 + std::chrono::duration_cast<milliseconds>(whole / 2 * jitter);
    if (tries >= k_fewest_tries && elapsed + delay > k_patience) return std::nullopt;
    return delay;
}

double random_jitter() {
    thread_local std::minstd_rand generator{std::random_device{}()};
    return std::uniform_real_distribution<double>(0, 1)(generator);
}

}  // namespace lastgood
