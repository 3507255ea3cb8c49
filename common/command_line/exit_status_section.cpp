#include "command_line/exit_status_section.hpp"

#include "core/exit_code.hpp"

#include <cstdio>
#include <string>

namespace lastgood {

std::string exit_status_section() {
    std::string text = "EXIT STATUS\n";
    int count = 0;
    const ExitCodeHelp* table = exit_code_table(count);
    for (int i = 0; i < count; ++i) {
        char status[8];
        std::snprintf(status, sizeof status, "  %3d  ", table[i].status);
        text += status + std::string(table[i].meaning) + "\n";
    }
    return text;
}

}  // namespace lastgood
