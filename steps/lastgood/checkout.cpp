#include "steps/lastgood/checkout.hpp"

#include "git/repository.hpp"
#include "outside/files.hpp"

#include <algorithm>

namespace lastgood {

namespace {

constexpr std::uintmax_t k_largest_file = 1U << 20U;

std::string read_small_file(const std::filesystem::path& path) {
    std::error_code trouble;
    if (!std::filesystem::is_regular_file(path, trouble)) return "";
    if (std::filesystem::file_size(path, trouble) > k_largest_file) return "";
    try {
        return read_file(path);
    } catch (const FileError&) {
        return "";
    }
}

}  // namespace

bool Checkout::has(const std::string& path) const {
    return std::binary_search(files.begin(), files.end(), path);
}

bool Checkout::has_below(const std::string& below) const {
    const auto first = std::lower_bound(files.begin(), files.end(), below + "/");
    return first != files.end() && first->starts_with(below + "/");
}

Checkout look_at_checkout(const Repository& repository) {
    const std::filesystem::path top = repository.work_tree().lexically_normal();
    Checkout checkout;
    checkout.directory = (top.has_filename() ? top : top.parent_path()).filename().string();
    checkout.files = repository.tracked_files();
    std::sort(checkout.files.begin(), checkout.files.end());
    for (const auto& remote : repository.remotes()) {
        checkout.remotes[remote] = repository.remote_url(remote).value_or("");
        if (const auto branch = repository.default_branch(remote)) checkout.default_branches[remote] = *branch;
    }
    checkout.branch = repository.current_branch();
    checkout.read = [top](const std::string& path) { return read_small_file(top / path); };
    return checkout;
}

std::string directory_of(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? "." : path.substr(0, slash);
}

std::string file_name_of(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? path : path.substr(slash + 1);
}

std::string path_in(const std::string& directory, const std::string& name) {
    return directory == "." ? name : directory + "/" + name;
}

}  // namespace lastgood
