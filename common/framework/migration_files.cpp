#include "framework/migration_files.hpp"

#include "core/failure.hpp"
#include "database/statement_rules.hpp"
#include "outside/files.hpp"

#include <algorithm>
#include <optional>
#include <regex>
#include <sstream>
#include <utility>

namespace lastgood {

namespace {

constexpr std::string_view k_byte_order_mark = "\xEF\xBB\xBF";
constexpr std::string_view k_directive = "lastgood:";

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

void read_directives(MigrationFile& file) {
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

MigrationFile read_migration_file(const std::filesystem::path& path) {
    MigrationFile file;
    file.name = path.stem().string();
    file.text = read_file(path);
    file.sha256 = sha256(file.text);
    if (file.text.find('\0') != std::string::npos) {
        throw refused(path.filename().string() + " holds a zero byte: it is no text in a PostgreSQL encoding",
                      "save " + path.filename().string() + " as UTF-8");
    }
    if (file.text.starts_with(k_byte_order_mark)) file.text.erase(0, k_byte_order_mark.size());
    read_directives(file);
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
    throw refused("two migrations have one number: " + twin->name + ".sql and " + std::next(twin)->name + ".sql",
                  "give " + std::next(twin)->name + ".sql a number of its own");
}

}  // namespace

std::vector<MigrationFile> read_migration_files(const std::filesystem::path& directory, const std::string& place) {
    static const std::regex pattern("[0-9]+_.+\\.sql");
    if (!std::filesystem::is_directory(directory)) {
        throw refused("there is no directory " + place,
                      "correct steps: migrate: directory in the pipeline, or commit the directory");
    }
    std::vector<MigrationFile> files;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
        const std::string name = entry.path().filename().string();
        if (!entry.is_regular_file() || !name.ends_with(".sql")) continue;
        if (!std::regex_match(name, pattern)) {
            throw refused(name + " is not called like a migration (NNNN_name.sql)",
                          "rename " + name + ", or move it out of the directory of migrations");
        }
        files.push_back(read_migration_file(entry.path()));
    }
    std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) {
        return std::pair(number_of(a.name), a.name) < std::pair(number_of(b.name), b.name);
    });
    refuse_equal_numbers(files);
    return files;
}

std::vector<SqlStatement> checked_statements(const MigrationFile& file) {
    std::vector<SqlStatement> statements;
    try {
        statements = split_statements(file.text);
    } catch (const ScriptError& error) {
        throw refused(file.place(error.line()) + ": " + error.what(), "correct " + file.name + ".sql and commit it");
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
