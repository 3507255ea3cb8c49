#include "core/failure.hpp"
#include "database/database_acl.hpp"
#include "database/properties.hpp"
#include "database/session.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace lastgood {
namespace {

/// Settings whose value is a list of quoted names (pg_dump's variable_is_guc_list_quote): the text that the catalogue
/// keeps is not a value to set but several.
constexpr std::array<std::string_view, 6> k_name_lists{"local_preload_libraries",   "search_path",
                                                       "session_preload_libraries", "shared_preload_libraries",
                                                       "temp_tablespaces",          "unix_socket_directories"};

std::pair<std::string, std::string> split_entry(const std::string& entry) {
    const auto equals = entry.find('=');
    if (equals == std::string::npos) return {entry, ""};
    return {entry.substr(0, equals), entry.substr(equals + 1)};
}

/// `"$user", public` -> $user and public.
std::vector<std::string> name_list(const std::string& text) {
    std::vector<std::string> names;
    std::string name;
    bool quoted = false;
    bool begun = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '"') {
            if (quoted && i + 1 < text.size() && text[i + 1] == '"') {
                name += text[++i];
            } else {
                quoted = !quoted;
                begun = true;
            }
        } else if (!quoted && c == ',') {
            names.push_back(std::exchange(name, ""));
        } else if (quoted || (c != ' ' && c != '\t' && c != '\n')) {
            name += c;
            begun = true;
        }
    }
    if (begun) names.push_back(name);
    return names;
}

std::string value_words(const std::string& name, const std::string& value) {
    if (std::find(k_name_lists.begin(), k_name_lists.end(), name) == k_name_lists.end()) {
        return quoted_literal(value);
    }
    std::string words;
    for (const auto& element : name_list(value)) words += (words.empty() ? "" : ", ") + quoted_literal(element);
    return words.empty() ? "''" : words;
}

/// One role's settings in the database, or the database's own.
void setting_statements(std::vector<std::string>& statements, const std::string& subject,
                        const std::vector<std::string>& found, const std::vector<std::string>& wanted) {
    for (const auto& entry : found) {
        const std::string name = split_entry(entry).first;
        const auto same_name = [&](const std::string& other) { return split_entry(other).first == name; };
        if (std::none_of(wanted.begin(), wanted.end(), same_name)) {
            statements.push_back(subject + " RESET " + quoted_name(name));
        }
    }
    for (const auto& entry : wanted) {
        if (std::find(found.begin(), found.end(), entry) != found.end()) continue;
        const auto [name, value] = split_entry(entry);
        statements.push_back(subject + " SET " + quoted_name(name) + " TO " + value_words(name, value));
    }
}

std::vector<std::string> entries_of(const DatabaseProperties& properties, const std::string& role) {
    const auto found = properties.settings.find(role);
    return found == properties.settings.end() ? std::vector<std::string>{} : found->second;
}

}  // namespace

std::vector<std::string> statements_for_properties(Session& session, const std::string& database,
                                                   const DatabaseProperties& wanted) {
    return statements_for_properties(database, read_properties(session, database), wanted);
}

std::vector<std::string> statements_for_properties(const std::string& database, const DatabaseProperties& found,
                                                   const DatabaseProperties& wanted) {
    const std::string alter = "ALTER DATABASE " + quoted_name(database);
    std::vector<std::string> statements;
    if (found.owner != wanted.owner) statements.push_back(alter + " OWNER TO " + quoted_name(wanted.owner));
    for (auto& statement : acl_statements(database, found, wanted)) statements.push_back(std::move(statement));
    if (found.connection_limit != wanted.connection_limit) {
        statements.push_back(alter + " CONNECTION LIMIT " + std::to_string(wanted.connection_limit));
    }
    std::map<std::string, std::vector<std::string>> roles = wanted.settings;
    roles.insert(found.settings.begin(), found.settings.end());
    for (const auto& [role, ignored] : roles) {
        const std::string subject =
            role.empty() ? alter : "ALTER ROLE " + quoted_name(role) + " IN DATABASE " + quoted_name(database);
        setting_statements(statements, subject, entries_of(found, role), entries_of(wanted, role));
    }
    return statements;
}

std::vector<std::string> apply_properties(Session& session, const std::string& database,
                                          const DatabaseProperties& wanted) {
    std::vector<std::string> refused;
    for (const auto& statement : statements_for_properties(session, database, wanted)) {
        try {
            session.execute(statement);
        } catch (const DatabaseError& error) {
            if (error.connection_lost()) throw;
            refused.push_back(statement + ": " + error.primary());
        }
    }
    return refused;
}

}  // namespace lastgood
