#include "core/reference_name.hpp"

#include <algorithm>
#include <string>

namespace lastgood {

namespace {

bool is_forbidden(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= ' ' || byte == 0x7f || std::string_view("~^:?*[\\").find(c) != std::string_view::npos;
}

bool is_part(std::string_view part) {
    return !part.empty() && !part.starts_with('.') && !part.ends_with(".lock");
}

}  // namespace

bool is_reference_name(std::string_view name) {
    if (!name.starts_with("refs/") || name.ends_with('.') || std::any_of(name.begin(), name.end(), is_forbidden))
        return false;
    if (name.find("..") != std::string_view::npos || name.find("@{") != std::string_view::npos) return false;
    for (std::size_t begin = 0; begin <= name.size();) {
        const std::size_t end = std::min(name.find('/', begin), name.size());
        if (!is_part(name.substr(begin, end - begin))) return false;
        begin = end + 1;
    }
    return true;
}

bool is_branch_name(std::string_view name) {
    return !name.starts_with('-') && name != "HEAD" && is_reference_name("refs/heads/" + std::string(name));
}

}  // namespace lastgood
