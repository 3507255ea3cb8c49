#include "pipeline/expansion.hpp"

#include "outside/environment.hpp"
#include "outside/files.hpp"
#include "outside/redaction.hpp"
#include "pipeline/complaint.hpp"
#include "pipeline/literal_password.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace lastgood {
namespace {

constexpr std::string_view k_file_prefix = "file:";
constexpr std::uintmax_t k_largest_file = 1U << 20U;

bool is_variable_name(std::string_view name) {
    return !name.empty() && std::isdigit(static_cast<unsigned char>(name.front())) == 0 &&
           std::all_of(name.begin(), name.end(), [](unsigned char c) { return c == '_' || std::isalnum(c) != 0; });
}

bool names_a_secret(std::string name) {
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::toupper(c); });
    constexpr std::array<std::string_view, 5> words{"TOKEN", "SECRET", "PASS", "KEY", "CREDENTIAL"};
    return std::any_of(words.begin(), words.end(), [&](auto word) { return name.find(word) != name.npos; });
}

}  // namespace

Expansion::Expansion(const Environment& environment, Redaction& redaction, std::filesystem::path directory)
    : m_environment(environment), m_redaction(redaction), m_directory(std::move(directory)) {}

Expanded Expansion::expand(const std::string& written, const Place& place, std::string_view key) const {
    Expanded value;
    value.written = written;
    for (std::size_t i = 0; i < written.size();) {
        if (written.compare(i, 2, "$$") == 0) {
            value.text += '$';
            value.spelled_out = true;
            i += 2;
        } else if (written.compare(i, 2, "${") == 0) {
            const std::size_t end = written.find('}', i);
            if (end == written.npos) {
                throw complaint(place, "\"${\" in " + std::string(key) + " has no \"}\"",
                                "write ${NAME} for an environment variable, or $${ where a dollar is meant");
            }
            const std::string reference = written.substr(i + 2, end - i - 2);
            value.text += value_of(reference, place, key);
            value.referring = true;
            if (i == 0 && end + 1 == written.size() && is_variable_name(reference)) value.variable = reference;
            i = end + 1;
        } else {
            value.text += written[i++];
            value.spelled_out = true;
        }
    }
    if (value.referring && holds_url_password(value.text)) hide(value.text);
    return value;
}

void Expansion::hide(const std::string& secret) const {
    m_redaction.add(secret);
}

std::string Expansion::value_of(const std::string& reference, const Place& place, std::string_view key) const {
    if (reference.starts_with(k_file_prefix)) return file(reference.substr(k_file_prefix.size()), place, key);
    return variable(reference, place, key);
}

std::string Expansion::variable(const std::string& name, const Place& place, std::string_view key) const {
    if (!is_variable_name(name)) {
        throw complaint(place, "a \"${...}\" in " + std::string(key) + " names no environment variable",
                        "write ${NAME} or ${file:PATH}, or $${ where a dollar is meant");
    }
    const auto value = m_environment.get(name);
    if (!value) {
        throw complaint(place, "environment variable " + name + ", named by " + std::string(key) + ", is not set",
                        "export " + name + "=...  or make it a variable of this CI job");
    }
    hide_if_secret(name, *value);
    return *value;
}

std::string Expansion::file(const std::string& path, const Place& place, std::string_view key) const {
    const std::filesystem::path full = m_directory / path;
    std::error_code trouble;
    if (path.empty() || !std::filesystem::is_regular_file(full, trouble)) {
        throw complaint(place, "file " + in_quotes(path) + ", named by " + std::string(key) + ", does not exist",
                        "write ${file:PATH} with the path of a file that holds the value");
    }
    if (std::filesystem::file_size(full, trouble) > k_largest_file) {
        throw complaint(place,
                        "file " + in_quotes(path) + ", named by " + std::string(key) + ", is too large for a value",
                        "write ${file:PATH} with the path of a file that holds the value and nothing else");
    }
    try {
        std::string value = read_file(full);
        if (value.ends_with('\n')) value.pop_back();
        hide_if_secret(path, value);
        return value;
    } catch (const FileError& error) {
        throw complaint(place, std::string(key) + ": " + error.what(), "let this user read " + in_quotes(path));
    }
}

void Expansion::hide_if_secret(const std::string& name, const std::string& value) const {
    if (names_a_secret(name) || holds_literal_password(value)) hide(value);
}

}  // namespace lastgood
