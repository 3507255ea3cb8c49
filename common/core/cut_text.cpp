#include "core/cut_text.hpp"

#include <algorithm>

namespace lastgood {

std::string cut_line(std::string_view line, std::size_t most) {
    if (line.size() <= most) return std::string(line);
    while (most > 0 && (static_cast<unsigned char>(line[most]) & 0xC0U) == 0x80U) --most;
    return std::string(line.substr(0, most)) + " [...]";
}

std::string cut_lines(std::string_view text, std::size_t most) {
    std::string result;
    for (;;) {
        const auto end = std::min(text.find('\n'), text.size());
        result += cut_line(text.substr(0, end), most);
        if (end == text.size()) return result;
        result += '\n';
        text.remove_prefix(end + 1);
    }
}

}  // namespace lastgood
