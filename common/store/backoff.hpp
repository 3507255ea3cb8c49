#pragma once

#include <chrono>
#include <optional>

namespace lastgood {

/// How long to wait before the next try, after `tries` of them and `elapsed` since the first began: from half of to
/// the whole of 200 ms, doubled with every try up to 5 s, as `jitter` (0 to 1) says, so that those who were turned away
/// together do not come back together. None once that would pass 30 s and there were two tries: a restart of a service
/// fits into it, and a fence that waits for us does not stand for longer.
std::optional<std::chrono::milliseconds> backoff(int tries, std::chrono::milliseconds elapsed, double jitter);

/// A number from 0 to 1, another one at every call, from any thread.
double random_jitter();

}  // namespace lastgood
