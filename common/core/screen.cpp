#include "core/screen.hpp"

#include <algorithm>

namespace lastgood {

namespace {

/// Its characters, as far as UTF-8 tells.
std::size_t width_of(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

void break_line(const std::string& line, std::size_t columns, std::vector<std::string>& broken) {
    const std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
    std::string row(indent, ' ');
    bool empty = true;
    for (std::size_t at = indent; at < line.size();) {
        const std::size_t end = std::min(line.find(' ', at), line.size());
        const std::string word = line.substr(at, end - at);
        if (!empty && width_of(row) + 1 + width_of(word) > columns) {
            broken.push_back(std::move(row));
            row = std::string(indent + 4, ' ');
            empty = true;
        }
        row += (empty ? "" : " ") + word;
        empty = false;
        at = std::min(end + 1, line.size());
    }
    broken.push_back(std::move(row));
}

}  // namespace

std::vector<std::string> one_screen(const std::vector<std::string>& lines, std::size_t columns, std::size_t rows) {
    if (lines.empty()) return {};
    std::vector<std::string> broken;
    for (std::size_t i = 0; i + 1 < lines.size(); ++i) break_line(lines[i], columns, broken);
    // The last one is broken by the terminal itself.
    const std::size_t last = std::max<std::size_t>(1, (width_of(lines.back()) + columns - 1) / columns);
    const std::size_t room = rows > last + 1 ? rows - last : 1;
    if (broken.size() > room) {
        const std::size_t kept = room - 1;
        const std::size_t tail = kept / 3;
        const std::size_t left_out = broken.size() - kept;
        const auto begin = broken.begin() + static_cast<std::ptrdiff_t>(kept - tail);
        broken.erase(begin, begin + static_cast<std::ptrdiff_t>(left_out));
        broken.insert(broken.begin() + static_cast<std::ptrdiff_t>(kept - tail),
                      "  ... " + std::to_string(left_out) + " lines left out: --json holds all");
    }
    broken.push_back(lines.back());
    return broken;
}

}  // namespace lastgood
