#include "core/cut_text.hpp"
#include "core/quantity.hpp"
#include "core/shell_word.hpp"
#include "outside/process.hpp"

#include <algorithm>
#include <cstring>

namespace lastgood {

std::string ProcessResult::say_end() const {
    if (timed_out) return "timed out after " + say_duration(took);
    if (signal == 0) return "exit status " + std::to_string(exit_code);
    const char* name = ::sigabbrev_np(signal);
    return "killed by " + (name != nullptr ? "SIG" + std::string(name) : "signal " + std::to_string(signal));
}

std::string ProcessResult::tail(int lines) const {
    const std::string_view whole = err.find_first_not_of(" \t\r\n") == std::string::npos ? out : err;
    const auto end = whole.find_last_not_of(" \t\r\n");
    if (end == std::string_view::npos || lines <= 0) return {};
    const auto text = whole.substr(0, end + 1);
    std::size_t begin = text.size();
    for (int i = 0; i < lines; ++i) {
        const auto newline = begin == 0 ? std::string_view::npos : text.rfind('\n', begin - 1);
        if (newline == std::string_view::npos) return cut_lines(text);
        begin = newline;
    }
    return cut_lines(text.substr(begin + 1));
}

std::string say_command(const std::vector<std::string>& argv) {
    std::string text;
    for (const auto& argument : argv) text += (text.empty() ? "" : " ") + shell_word(argument);
    return text;
}

}  // namespace lastgood
