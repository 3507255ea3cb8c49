#pragma once

#include <cstddef>
#include <functional>

namespace lastgood {

/// Does work(0) ... work(count - 1), in that order, by at most `workers` threads of which the caller's is one. The
/// first exception stops what has not begun, and is thrown when all have ended.
void in_parallel(int workers, std::size_t count, const std::function<void(std::size_t)>& work);

}  // namespace lastgood
