#include "record/object_digests.hpp"

#include "core/quantity.hpp"
#include "outside/files.hpp"
#include "outside/interruption.hpp"
#include "outside/parallel.hpp"

#include <algorithm>
#include <functional>
#include <system_error>
#include <thread>

namespace lastgood {

namespace fs = std::filesystem;

namespace {

/// More would fight over the disk.
constexpr unsigned k_most_threads = 4;

void for_each_object(std::size_t count, const Interruption* interruption,
                     const std::function<void(std::size_t)>& work) {
    const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
    in_parallel(static_cast<int>(std::min(cores, k_most_threads)), count, [&](std::size_t i) {
        if (interruption != nullptr) interruption->check();
        work(i);
    });
}

std::string difference(const fs::path& directory, const ObjectFacts& object) {
    const fs::path relative = fs::path(object.key).lexically_normal();
    if (relative.empty() || relative.is_absolute() || *relative.begin() == "..") return "is outside of it";
    const fs::path path = directory / relative;
    std::error_code error;
    const auto size = fs::file_size(path, error);
    if (error) return "is missing (" + error.message() + ")";
    if (size != object.size) return "has " + say_count(size, "byte") + ", not " + std::to_string(object.size);
    return sha256_of_file(path) == object.sha256 ? "" : "was altered: its SHA-256 differs";
}

}  // namespace

std::vector<ObjectFacts> digest_objects(const fs::path& directory, const Interruption* interruption) {
    std::vector<ObjectFacts> objects;
    for (const auto& entry : fs::recursive_directory_iterator(directory))
        if (entry.is_regular_file()) objects.push_back({entry.path().lexically_relative(directory).string(), 0, ""});
    std::sort(objects.begin(), objects.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
    for_each_object(objects.size(), interruption, [&](std::size_t i) {
        const fs::path path = directory / objects[i].key;
        objects[i].size = fs::file_size(path);
        objects[i].sha256 = sha256_of_file(path);
    });
    return objects;
}

std::string first_difference(const fs::path& directory, const std::vector<ObjectFacts>& objects,
                             const Interruption* interruption) {
    std::vector<std::string> differences(objects.size());
    for_each_object(objects.size(), interruption,
                    [&](std::size_t i) { differences[i] = difference(directory, objects[i]); });
    for (std::size_t i = 0; i < objects.size(); ++i)
        if (!differences[i].empty()) return objects[i].key + " " + differences[i];
    return "";
}

}  // namespace lastgood
