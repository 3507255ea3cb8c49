#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace lastgood {

/// Does work(0) ... work(count - 1), in that order, by at most `workers` threads of which the caller's is one. The
/// first exception stops what has not begun, and is thrown when all have ended.
void in_parallel(int workers, std::size_t count, const std::function<void(std::size_t)>& work);

/// The same with something that each worker has for itself, a connection: as many threads as there are workers.
template <typename Worker, typename Work>
void in_parallel_with(std::vector<std::unique_ptr<Worker>>& workers, std::size_t count, const Work& work) {
    std::mutex mutex;
    std::vector<Worker*> idle;
    idle.reserve(workers.size());
    for (const auto& worker : workers) idle.push_back(worker.get());
    in_parallel(static_cast<int>(workers.size()), count, [&](std::size_t i) {
        Worker* mine = nullptr;
        {
            const std::lock_guard lock(mutex);
            mine = idle.back();
            idle.pop_back();
        }
        work(*mine, i);
        const std::lock_guard lock(mutex);
        idle.push_back(mine);
    });
}

}  // namespace lastgood
