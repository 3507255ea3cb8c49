#include "framework/migration_files.hpp"

#include "core/failure.hpp"
#include "database/statement_rules.hpp"
#include "outside/files.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>
#include <utility>

namespace lastgood {

namespace {

constexpr std::string_view k_byte_order_mark = "\xEF\xBB\xBF";
constexpr std::string_view k_directive = "lastgood:";
constexpr std::string_view k_up_ending = ".sql";
constexpr std::string_view k_down_ending = ".down.sql";

Failure refused(const std::string& what, const std::string& next) {
    return {ExitCode::refused, what, "nothing", next};
}

std::string trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t\r");
    if (begin == std::string_view::npos) return "";
    return std::string(text.substr(begin, text.find_last_not_of(" \t\r") + 1 - begin));
}

/// What a line of the leading comment says to us: "no-transaction"; none if it is for people.
std::optional<std::string> directive_of(const std::string& line) {
    const std::string comment = trimmed(std::string_view(line).substr(2));
    if (!comment.starts_with(k_directive)) return std::nullopt;
    return trimmed(std::string_view(comment).substr(k_directive.size()));
}

void read_directives(MigrationScript& file) {
    std::istringstream lines(file.text);
    std::string line;
    for (int number = 1; std::getline(lines, line); ++number) {
        line = trimmed(line);
        if (line.empty()) continue;
        if (!line.starts_with("--")) return;
        const auto directive = directive_of(line);
        if (!directive) continue;
        if (*directive != "no-transaction") {
            throw refused(file.place(number) + ": unknown directive \"" + *directive + "\"",
                          "write \"-- lastgood: no-transaction\", the only directive there is, or take the line out");
        }
        file.in_transaction = false;
    }
}

MigrationScript script_of(const std::string& name, const std::string& bytes) {
    MigrationScript script;
    script.file = name;
    script.text = bytes;
    script.sha256 = sha256(script.text);
    if (script.text.find('\0') != std::string::npos) {
        throw refused(script.file + " holds a zero byte: it is no text in a PostgreSQL encoding",
                      "save " + script.file + " as UTF-8");
    }
    if (script.text.starts_with(k_byte_order_mark)) script.text.erase(0, k_byte_order_mark.size());
    read_directives(script);
    return script;
}

/// The name of the migration that a file belongs to.
std::string migration_of(const std::string& file) {
    for (const std::string_view ending : {k_down_ending, k_up_ending})
        if (file.ends_with(ending)) return file.substr(0, file.size() - ending.size());
    return file;
}

/// Digits without leading zeros, shorter ones first: numbers of any length compare right.
std::pair<std::size_t, std::string> number_of(const std::string& name) {
    std::string digits = name.substr(0, name.find('_'));
    digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
    return {digits.size(), digits};
}

void refuse_equal_numbers(const std::vector<MigrationFile>& files) {
    const auto twin = std::adjacent_find(files.begin(), files.end(), [](const auto& a, const auto& b) {
        return number_of(a.name) == number_of(b.name);
    });
    if (twin == files.end()) return;
    throw refused("two migrations have one number: " + twin->up.file + " and " + std::next(twin)->up.file,
                  "give " + std::next(twin)->up.file + " a number of its own");
}

/// NNNN_name.sql: digits, an underscore, and something before the ending.
bool looks_like_a_migration(const std::string& name) {
    const auto digits = name.find_first_not_of("0123456789");
    return digits != std::string::npos && digits > 0 && name[digits] == '_' && migration_of(name).size() > digits + 1;
}

void join_ways_down(std::vector<MigrationFile>& files, std::map<std::string, MigrationScript>& downs) {
    for (auto& file : files) {
        const auto down = downs.find(file.name);
        if (down == downs.end()) continue;
        file.down = std::move(down->second);
        downs.erase(down);
    }
    if (downs.empty()) return;
    const std::string& stray = downs.begin()->second.file;
    throw refused(stray + " is the way down of a migration that is not there",
                  "call it as its migration is called, or remove it");
}

}  // namespace

std::map<std::string, std::string> read_sql_files(const std::filesystem::path& directory, const std::string& place) {
    if (!std::filesystem::is_directory(directory)) {
        throw refused("there is no directory " + place,
                      "correct steps: migrate: directory in the pipeline, or commit the directory");
    }
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
        const std::string name = entry.path().filename().string();
        if (entry.is_regular_file() && name.ends_with(k_up_ending)) files[name] = read_file(entry.path());
    }
    return files;
}

std::vector<MigrationFile> migrations_among(const std::map<std::string, std::string>& sql_files) {
    std::map<std::string, MigrationScript> downs;
    std::vector<MigrationFile> files;
    for (const auto& [name, bytes] : sql_files) {
        if (!looks_like_a_migration(name)) {
            throw refused(name + " is not called like a migration (NNNN_name.sql)",
                          "rename " + name + ", or move it out of the directory of migrations");
        }
        if (name.ends_with(k_down_ending)) {
            downs.emplace(migration_of(name), script_of(name, bytes));
        } else {
            files.push_back({migration_of(name), script_of(name, bytes), std::nullopt});
        }
    }
    std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) {
        return std::pair(number_of(a.name), a.name) < std::pair(number_of(b.name), b.name);
    });
    refuse_equal_numbers(files);
    join_ways_down(files, downs);
    return files;
}

std::vector<SqlStatement> checked_statements(const MigrationScript& file) {
    std::vector<SqlStatement> statements;
    try {
        statements = split_statements(file.text);
    } catch (const ScriptError& error) {
        throw refused(file.place(error.line()) + ": " + error.what(), "correct " + file.file + " and commit it");
    }
    for (const auto& statement : statements) {
        if (controls_transactions(statement)) {
            throw refused(
                file.place(statement.line) + ": " + statement.words[0] + " would break the migration's own transaction",
                file.in_transaction ? "take it out, or begin the file with the line \"-- lastgood: no-transaction\""
                                    : "take it out: each statement of this file is a transaction of its own");
        }
        if (file.in_transaction && needs_no_transaction(statement)) {
            throw refused(file.place(statement.line) + ": " + statement.words[0] +
                              " in this form cannot run inside a transaction",
                          "begin the file with the line \"-- lastgood: no-transaction\", best with nothing else in it");
        }
    }
    return statements;
}

}  // namespace lastgood
