#include "command_line/manual_page.hpp"

#include "core/exit_code.hpp"
#include "core/version.hpp"

#include <algorithm>
#include <cctype>
#include <sstream>

namespace lastgood {

namespace {

/// Text that roff prints as it stands.
std::string plain(const std::string& text) {
    std::string result;
    if (!text.empty() && (text.front() == '.' || text.front() == '\'')) result = "\\&";
    for (const char c : text) {
        if (c == '\\')
            result += "\\e";
        else if (c == '-')
            result += "\\-";
        else
            result += c;
    }
    return result;
}

std::string upper(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
    return text;
}

void put_tagged(std::string& page, const std::string& tag, const std::string& text) {
    page += ".TP\n" + tag + "\n" + plain(text) + "\n";
}

std::string tag_of(const OptionRow& row) {
    return "\\fB" + plain(row.name) + "\\fR" + (row.value.empty() ? "" : " \\fI" + plain(row.value) + "\\fR");
}

std::string text_of(const OptionRow& row) {
    std::string text = row.text;
    for (std::size_t i = 0; i < row.choices.size(); ++i) text += (i == 0 ? " (" : ", ") + row.choices[i];
    return row.choices.empty() ? text : text + ")";
}

/// Paragraphs are filled; indented lines keep their shape.
void put_manual(std::string& page, const std::string& manual) {
    std::istringstream lines(manual);
    bool is_kept = false;
    for (std::string line; std::getline(lines, line);) {
        const bool keeps = line.starts_with("  ");
        if (keeps != is_kept) page += keeps ? ".RS 2\n.nf\n" : ".fi\n.RE\n";
        is_kept = keeps;
        if (line.empty())
            page += ".PP\n";
        else
            page += plain(keeps ? line.substr(2) : line) + "\n";
    }
    if (is_kept) page += ".fi\n.RE\n";
}

void put_commands(std::string& page, const CommandRow& row, const std::string& words) {
    for (const auto& command : row.commands) {
        const std::string name = words + command.name;
        std::string tag = "\\fB" + plain(name) + "\\fR";
        for (const auto& positional : command.positionals)
            tag += (positional.required ? " \\fI" : " [\\fI") + plain(positional.name) +
                   (positional.required ? "\\fR" : "\\fR]");
        put_tagged(page, tag, command.text);
        if (!command.options.empty()) page += ".RS\n";
        for (const auto& option : command.options) put_tagged(page, tag_of(option), text_of(option));
        if (!command.options.empty()) page += ".RE\n";
        put_commands(page, command, name + " ");
    }
}

}  // namespace

std::string manual_page(const CommandRow& row, const std::string& manual) {
    std::string page = ".TH " + upper(row.name) + " 1 \"\" \"lastgood " + k_version + "\" \"lastgood\"\n";
    page += ".SH NAME\n" + plain(row.name) + " \\- " + plain(row.text) + "\n";
    page += ".SH SYNOPSIS\n\\fB" + plain(row.name) + "\\fR" + (row.commands.empty() ? "" : " \\fICOMMAND\\fR") +
            " [\\fIOPTIONS\\fR]\n";
    page += ".SH DESCRIPTION\n";
    put_manual(page, manual);
    if (!row.commands.empty()) page += ".SH COMMANDS\n";
    put_commands(page, row, "");
    page += ".SH OPTIONS\n";
    for (const auto& option : row.options) put_tagged(page, tag_of(option), text_of(option));
    for (const auto& option : common_options()) put_tagged(page, tag_of(option), text_of(option));
    put_tagged(page, "\\fB\\-\\-help\\fR", "print this and exit");
    put_tagged(page, "\\fB\\-\\-version\\fR", "print the version and exit");
    page += ".SH ENVIRONMENT\n";
    for (const auto& variable : environment_variables())
        put_tagged(page, "\\fB" + plain(variable.name) + "\\fR", variable.text);
    page += ".SH EXIT STATUS\n";
    int count = 0;
    const ExitCodeHelp* table = exit_code_table(count);
    for (int i = 0; i < count; ++i)
        put_tagged(page, "\\fB" + std::to_string(table[i].status) + "\\fR", std::string(table[i].meaning));
    page += ".SH SEE ALSO\n";
    std::string others;
    for (const auto& other : programs())
        if (other.name != row.name) others += (others.empty() ? "" : " ,\n") + (".BR " + plain(other.name)) + " (1)";
    return page + others + "\n";
}

}  // namespace lastgood
