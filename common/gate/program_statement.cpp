#include "gate/program_statement.hpp"

#include "database/shown_statement.hpp"
#include "database/sql_statements.hpp"
#include "database/statement_rules.hpp"
#include "gate/first_words.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace lastgood {

namespace {

using Kind = ProgramStatement::Kind;
using Words = std::vector<std::string>;

bool has(const Words& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

bool in_name(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' ||
           static_cast<unsigned char>(c) >= 0x80;
}

/// Takes a name off the front of `text`: folded to lower case, or as it stands in its quotes.
std::string take_name(std::string_view& text) {
    std::string name;
    text = after_comments(text);
    const bool quoted = text.starts_with('"');
    if (quoted) text.remove_prefix(1);
    while (!text.empty() && (quoted ? text.front() != '"' || text.starts_with("\"\"") : in_name(text.front()))) {
        const char c = text.front();
        name += quoted ? c : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        text.remove_prefix(quoted && c == '"' ? 2 : 1);
    }
    if (quoted && !text.empty()) text.remove_prefix(1);
    return name;
}

/// The name behind so many words: a setting's may have two parts.
std::string name_behind(std::string_view text, std::size_t words) {
    for (; words > 0; --words) take_name(text);
    std::string name = take_name(text);
    text = after_comments(text);
    if (!text.starts_with('.')) return name;
    text.remove_prefix(1);
    return name + "." + take_name(text);
}

/// `SET TIME ZONE` and its like are settings under another name.
std::string setting_behind(const SqlStatement& statement, std::size_t words) {
    static constexpr std::array<std::array<std::string_view, 2>, 5> k_called{{{"TIME", "timezone"},
                                                                              {"SESSION", "session_authorization"},
                                                                              {"NAMES", "client_encoding"},
                                                                              {"SCHEMA", "search_path"},
                                                                              {"XML", "xmloption"}}};
    const std::string next = statement.words.size() > words ? statement.words[words] : "";
    for (const auto& [word, setting] : k_called)
        if (next == word) return std::string(setting);
    return name_behind(statement.text, words);
}

bool is(const Words& words, std::size_t at, std::string_view word) {
    return words.size() > at && words[at] == word;
}

/// How many words stand before the name: ROLLBACK [WORK] TO [SAVEPOINT], RELEASE [SAVEPOINT].
std::size_t words_before_savepoint(const Words& words) {
    const auto to = static_cast<std::size_t>(std::find(words.begin(), words.end(), "TO") - words.begin());
    const std::size_t behind = words.front() == "ROLLBACK" ? to + 1 : 1;
    return is(words, behind, "SAVEPOINT") ? behind + 1 : behind;
}

Kind control_kind(const Words& words) {
    const bool chains = has(words, "CHAIN") && !has(words, "NO");
    if (words.front() == "PREPARE" || is(words, 1, "PREPARED") || chains) return Kind::impossible;
    if (words.front() == "BEGIN" || words.front() == "START") return Kind::begin;
    return words.front() == "COMMIT" || words.front() == "END" ? Kind::commit : Kind::rollback;
}

void find_setting(const SqlStatement& statement, ProgramStatement& found) {
    const Words& words = statement.words;
    const bool is_local = is(words, 1, "LOCAL");
    const bool has_scope = is_local || (is(words, 1, "SESSION") && !is(words, 2, "AUTHORIZATION"));
    const std::size_t before = has_scope ? 2 : 1;
    for (const std::string_view other : {"TRANSACTION", "CHARACTERISTICS", "CONSTRAINTS"})
        if (is(words, before, other)) return;
    found.kind = is_local ? Kind::set_local : Kind::set;
    found.name = setting_behind(statement, before);
}

ProgramStatement recognize(const SqlStatement& statement) {
    ProgramStatement found;
    found.shown = shown_statement(statement.text);
    found.hides_rows = hides_changed_rows(statement);
    const Words& words = statement.words;
    if (words.empty()) return found;
    if (controls_transactions(statement)) {
        found.kind = control_kind(words);
        found.read_only = has(words, "ONLY");
    } else if (words.front() == "SAVEPOINT") {
        found.kind = Kind::savepoint;
        found.name = name_behind(statement.text, 1);
    } else if (words.front() == "RELEASE" || words.front() == "ROLLBACK") {
        found.kind = words.front() == "RELEASE" ? Kind::release : Kind::rollback_to;
        found.name = name_behind(statement.text, words_before_savepoint(words));
    } else if (words.front() == "SET" || words.front() == "RESET") {
        find_setting(statement, found);
    } else if (words.front() == "COPY") {
        found.reads_rows = has(words, "FROM");
    }
    return found;
}

/// Encodings of clients whose characters can hold an octet that means something else alone, a backslash for one.
bool is_ambiguous(const std::string& encoding) {
    static constexpr std::array<std::string_view, 7> k_ambiguous{"SJIS",  "BIG5",    "GBK",           "UHC",
                                                                 "JOHAB", "GB18030", "SHIFT_JIS_2004"};
    return std::find(k_ambiguous.begin(), k_ambiguous.end(), encoding) != k_ambiguous.end();
}

}  // namespace

std::vector<ProgramStatement> program_statements(std::string_view text) {
    std::vector<ProgramStatement> found;
    for (const auto& statement : split_statements(text, CopyInput::sent)) found.push_back(recognize(statement));
    return found;
}

std::optional<std::string> why_unreadable(std::string_view text, const std::string& client_encoding,
                                          const std::string& standard_conforming_strings) {
    const bool is_ascii = std::all_of(text.begin(), text.end(), [](char c) { return (c & '\x80') == 0; });
    if (!is_ascii && is_ambiguous(client_encoding)) return "client_encoding is " + client_encoding;
    if (standard_conforming_strings == "off" && text.find('\\') != std::string_view::npos)
        return "standard_conforming_strings is off";
    return std::nullopt;
}

}  // namespace lastgood
