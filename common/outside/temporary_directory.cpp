#include "outside/environment.hpp"
#include "outside/files.hpp"

#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace lastgood {

namespace {

std::filesystem::path default_parent() {
    const auto chosen = Environment::of_process().get("TMPDIR").value_or("");
    return chosen.empty() ? "/tmp" : chosen;
}

}  // namespace

TemporaryDirectory::TemporaryDirectory(std::string_view prefix, const std::filesystem::path& parent) {
    std::string pattern = ((parent.empty() ? default_parent() : parent) / (std::string(prefix) + "XXXXXX")).string();
    if (::mkdtemp(pattern.data()) == nullptr) throw FileError("cannot make directory " + pattern, errno);
    m_path = pattern;
}

TemporaryDirectory::~TemporaryDirectory() {
    if (m_keep) return;
    std::error_code ignored;
    std::filesystem::remove_all(m_path, ignored);
}

}  // namespace lastgood
