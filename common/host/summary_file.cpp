#include "host/summary_file.hpp"

#include <fstream>
#include <string_view>
#include <system_error>

namespace lastgood {

namespace {

constexpr std::size_t k_limit = 1024UL * 1024;
constexpr std::string_view k_cut = "\n\n_Cut: the host shows no more. `lastgood report` has all of it._\n";

}  // namespace

std::optional<std::size_t> SummaryFile::room() const {
    if (m_file.empty()) return std::nullopt;
    std::error_code missing;
    const auto size = std::filesystem::file_size(m_file, missing);
    const std::size_t used = missing ? 0 : static_cast<std::size_t>(size);
    return used + k_cut.size() >= k_limit ? 0 : k_limit - used - k_cut.size();
}

void SummaryFile::append(std::string markdown) const {
    const auto left = room();
    if (!left || *left == 0) return;
    if (markdown.size() > *left) {
        const auto end = markdown.rfind('\n', *left);
        markdown.resize(end == std::string::npos ? 0 : end);
        markdown += k_cut;
    }
    append_to(m_file, markdown);
}

void append_to(const std::filesystem::path& file, const std::string& text) {
    std::ofstream out(file, std::ios::app | std::ios::binary);
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
    out.close();
    if (!out) throw std::system_error(errno, std::generic_category(), file.string());
}

}  // namespace lastgood
