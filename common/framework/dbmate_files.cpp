#include "framework/dbmate_files.hpp"

#include "outside/files.hpp"

#include <sstream>
#include <string_view>

namespace lastgood {

namespace {

constexpr std::string_view k_directory_variable = "DBMATE_MIGRATIONS_DIR=";

bool says_anything(const std::string& line) {
    const auto begin = line.find_first_not_of(" \t\r");
    return begin != std::string::npos && line.compare(begin, 2, "--") != 0;
}

/// Of NAME=value, "value" or 'value' in .env.
std::string without_quotes(std::string value) {
    if (!value.empty() && value.back() == '\r') value.pop_back();
    const bool quoted = value.size() > 1 && (value[0] == '"' || value[0] == '\'') && value.back() == value[0];
    return quoted ? value.substr(1, value.size() - 2) : value;
}

}  // namespace

DbmateFile parse_dbmate_file(const std::string& text) {
    enum class Part { none, up, down };
    DbmateFile file;
    Part part = Part::none;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string dashes;
        std::string mark;
        words >> dashes >> mark;
        if (dashes.starts_with("--") && dashes.size() > 2) mark = dashes.substr(2);
        const bool is_up = mark == "migrate:up";
        if (dashes.starts_with("--") && (is_up || mark == "migrate:down")) {
            part = is_up ? Part::up : Part::down;
            (is_up ? file.in_transaction : file.down_in_transaction) =
                line.find("transaction:false") == std::string::npos;
        } else if (part == Part::up) {
            file.up += line + "\n";
        } else if (part == Part::down) {
            file.way_down = file.way_down || says_anything(line);
        }
    }
    return file;
}

std::vector<std::filesystem::path> dbmate_directories(const std::vector<std::string>& program,
                                                      const std::filesystem::path& directory) {
    std::vector<std::filesystem::path> directories;
    for (std::size_t i = 0; i < program.size(); ++i) {
        const auto equals = program[i].find('=');
        const std::string option = program[i].substr(0, equals);
        if (option != "--migrations-dir" && option != "-d") continue;
        if (equals != std::string::npos)
            directories.push_back(directory / program[i].substr(equals + 1));
        else if (i + 1 < program.size())
            directories.push_back(directory / program[i + 1]);
    }
    if (!directories.empty()) return directories;
    if (std::filesystem::exists(directory / ".env")) {
        std::istringstream lines(read_file(directory / ".env"));
        for (std::string line; std::getline(lines, line);)
            if (line.starts_with(k_directory_variable))
                return {directory / without_quotes(line.substr(k_directory_variable.size()))};
    }
    return {directory / "db" / "migrations"};
}

}  // namespace lastgood
