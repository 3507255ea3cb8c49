#include "record/object_digests.hpp"

#include "outside/files.hpp"
#include "outside/interruption.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <functional>
#include <mutex>
#include <system_error>
#include <thread>

namespace lastgood {

namespace fs = std::filesystem;

namespace {

/// More would fight over the disk.
constexpr std::size_t k_most_threads = 4;

/// work(0) ... work(count - 1), in several threads; the first exception ends it and is thrown here.
void in_parallel(std::size_t count, const Interruption* interruption, const std::function<void(std::size_t)>& work) {
    std::atomic<std::size_t> next{0};
    std::mutex mutex;
    std::exception_ptr failed;
    const auto take = [&] {
        try {
            for (std::size_t i = next++; i < count; i = next++) {
                if (interruption != nullptr) interruption->check();
                work(i);
            }
        } catch (...) {
            next = count;
            const std::lock_guard lock(mutex);
            if (!failed) failed = std::current_exception();
        }
    };
    {
        std::vector<std::jthread> threads;
        const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
        for (std::size_t i = 1; i < std::min({cores, count, k_most_threads}); ++i) threads.emplace_back(take);
        take();
    }
    if (failed) std::rethrow_exception(failed);
}

std::string difference(const fs::path& directory, const ObjectFacts& object) {
    const fs::path relative = fs::path(object.key).lexically_normal();
    if (relative.empty() || relative.is_absolute() || *relative.begin() == "..") return "is outside of it";
    const fs::path path = directory / relative;
    std::error_code error;
    const auto size = fs::file_size(path, error);
    if (error) return "is missing (" + error.message() + ")";
    if (size != object.size) return "has " + std::to_string(size) + " bytes, not " + std::to_string(object.size);
    return sha256_of_file(path) == object.sha256 ? "" : "was altered: its SHA-256 differs";
}

}  // namespace

std::vector<ObjectFacts> digest_objects(const fs::path& directory, const Interruption* interruption) {
    std::vector<ObjectFacts> objects;
    for (const auto& entry : fs::recursive_directory_iterator(directory))
        if (entry.is_regular_file()) objects.push_back({entry.path().lexically_relative(directory).string(), 0, ""});
    std::sort(objects.begin(), objects.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
    in_parallel(objects.size(), interruption, [&](std::size_t i) {
        const fs::path path = directory / objects[i].key;
        objects[i].size = fs::file_size(path);
        objects[i].sha256 = sha256_of_file(path);
    });
    return objects;
}

std::string first_difference(const fs::path& directory, const std::vector<ObjectFacts>& objects,
                             const Interruption* interruption) {
    std::vector<std::string> differences(objects.size());
    in_parallel(objects.size(), interruption,
                [&](std::size_t i) { differences[i] = difference(directory, objects[i]); });
    for (std::size_t i = 0; i < objects.size(); ++i)
        if (!differences[i].empty()) return objects[i].key + " " + differences[i];
    return "";
}

}  // namespace lastgood
