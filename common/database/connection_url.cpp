#include "database/connection_url.hpp"

#include "core/failure.hpp"
#include "core/names.hpp"
#include "core/shell_word.hpp"
#include "database/server_options.hpp"
#include "outside/redaction.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <memory>
#include <optional>

#include <libpq-fe.h>

namespace lastgood {
namespace {

using Options = std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)>;

/// What libpq knows: every keyword, its variable and what it would take without being told (environment, service file).
Options libpq_defaults() {
    return {PQconndefaults(), &PQconninfoFree};
}

std::string libpq_default(const std::string& keyword) {
    const Options defaults = libpq_defaults();
    for (const PQconninfoOption* option = defaults.get(); option != nullptr && option->keyword != nullptr; ++option) {
        if (keyword == option->keyword) return option->val == nullptr ? "" : option->val;
    }
    return "";
}

std::vector<std::string> known_keywords() {
    std::vector<std::string> keywords;
    const Options defaults = libpq_defaults();
    for (const PQconninfoOption* option = defaults.get(); option != nullptr && option->keyword != nullptr; ++option) {
        keywords.emplace_back(option->keyword);
    }
    return keywords;
}

/// libpq quotes what it stumbled over, which can be the whole string or a piece of the password: quotes are emptied. A
/// mistyped keyword is worth a hint.
std::string harmless(std::string words) {
    while (!words.empty() && words.back() == '\n') words.pop_back();
    std::string clean;
    std::string quoted;
    bool inside = false;
    for (const char c : words) {
        if (c == '"') {
            if (inside) clean += quoted == "=" || quoted == ":" || quoted == "/" ? '"' + quoted + '"' : "\"***\"";
            inside = !inside;
            if (inside) quoted.clear();
        } else if (inside) {
            quoted += c;
        } else {
            clean += c;
        }
    }
    const bool keyword =
        words.starts_with("invalid connection option") || words.starts_with("invalid URI query parameter");
    const std::string meant = keyword ? nearest(quoted, known_keywords()) : "";
    return meant.empty() ? clean : clean + ", \"" + meant + "\" is near";
}

std::string quoted_value(const std::string& value) {
    std::string text = "'";
    for (const char c : value) {
        if (c == '\'' || c == '\\') text += '\\';
        text += c;
    }
    return text + "'";
}

/// What decides whether a connection comes about, beside where it goes to: none of it is a secret.
constexpr std::array<const char*, 16> k_ways_in{"service",
                                                "hostaddr",
                                                "sslmode",
                                                "sslcert",
                                                "sslkey",
                                                "sslrootcert",
                                                "sslcrl",
                                                "sslcrldir",
                                                "sslsni",
                                                "passfile",
                                                "gssencmode",
                                                "krbsrvname",
                                                "requirepeer",
                                                "channel_binding",
                                                "ssl_min_protocol_version",
                                                "target_session_attrs"};

bool is_plain(const std::string& value) {
    return !value.empty() && std::all_of(value.begin(), value.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 ||
               std::string_view("._/:,@%+-").find(static_cast<char>(c)) != std::string_view::npos;
    });
}

/// `options` given in a URL void PGOPTIONS, so what stands there comes along.
std::string own_options(const ConnectionUrl& url) {
    const std::string given = url.part("options");
    return given.empty() ? libpq_default("options") : given;
}

/// A host that can stand in a URL's authority; others (sockets, lists) go into the query.
bool plain_host(const std::string& host) {
    return host.find_first_of("/,@") == std::string::npos;
}

}  // namespace

ConnectionUrl::ConnectionUrl(const Secret& text) {
    char* words = nullptr;
    const Options parsed(PQconninfoParse(text.reveal().c_str(), &words), &PQconninfoFree);
    if (!parsed) {
        const std::string reason = harmless(words == nullptr ? "out of memory" : words);
        PQfreemem(words);
        throw Failure(ExitCode::usage, "the database URL cannot be read: " + reason, "nothing",
                      "correct it; its form is postgres://user:password@host:port/name");
    }
    for (const PQconninfoOption* option = parsed.get(); option->keyword != nullptr; ++option) {
        if (option->val != nullptr && *option->val != '\0') m_parts[option->keyword] = option->val;
    }
}

std::string ConnectionUrl::part(const std::string& keyword) const {
    const auto found = m_parts.find(keyword);
    return found == m_parts.end() ? "" : found->second;
}

std::string ConnectionUrl::database() const {
    for (const std::string& candidate : {part("dbname"), libpq_default("dbname"), part("user")}) {
        if (!candidate.empty()) return candidate;
    }
    return libpq_default("user");
}

ConnectionUrl ConnectionUrl::with(const std::string& keyword, const std::string& value) const {
    ConnectionUrl changed(*this);
    if (value.empty()) {
        changed.m_parts.erase(keyword);
    } else {
        changed.m_parts[keyword] = value;
    }
    return changed;
}

ConnectionUrl ConnectionUrl::with_setting(const std::string& name, const std::string& value) const {
    return with("options", merge_setting(own_options(*this), name, value));
}

std::vector<std::pair<std::string, std::string>> ConnectionUrl::settings() const {
    return settings_of(own_options(*this));
}

ConnectionUrl ConnectionUrl::with_weaker_options(const std::string& options) const {
    return with("options", merge_options(options, own_options(*this)));
}

Secret ConnectionUrl::conninfo() const {
    std::string text;
    for (const auto& [keyword, value] : m_parts) text += keyword + "=" + quoted_value(value) + " ";
    return Secret(text);
}

Secret ConnectionUrl::url() const {
    std::map<std::string, std::string> rest = m_parts;
    const auto take = [&rest](const char* keyword) {
        const auto node = rest.extract(keyword);
        return node.empty() ? std::string() : node.mapped();
    };
    std::string text = "postgres://";
    if (rest.contains("user")) {
        text += percent_encode(take("user"));
        if (rest.contains("password")) text += ":" + percent_encode(take("password"));
        text += "@";
    }
    if (plain_host(part("host")) && plain_host(part("port"))) {
        const std::string host = take("host");
        text += host.find(':') == std::string::npos ? percent_encode(host) : "[" + host + "]";
        if (rest.contains("port")) text += ":" + take("port");
    }
    text += "/" + percent_encode(take("dbname"));
    char separator = '?';
    for (const auto& [keyword, value] : rest) {
        text += separator + keyword + "=" + percent_encode(value);
        separator = '&';
    }
    return Secret(text);
}

std::string ConnectionUrl::psql_command() const {
    std::string command = "psql";
    for (const auto& [keyword, option] : {std::pair{"host", " -h "}, {"port", " -p "}, {"user", " -U "}})
        if (!part(keyword).empty()) command += option + shell_word(part(keyword));
    std::string more;
    for (const char* keyword : k_ways_in)
        if (const std::string value = part(keyword); !value.empty())
            more += std::string(" ") + keyword + "=" + (is_plain(value) ? value : quoted_value(value));
    if (more.empty()) return command + " -d " + shell_word(database());
    return command + " -d " +
           shell_word("dbname=" + (is_plain(database()) ? database() : quoted_value(database())) + more);
}

std::string ConnectionUrl::say() const {
    const std::string user = part("user").empty() ? libpq_default("user") : part("user");
    return user + "@" + address() + "/" + database();
}

std::string ConnectionUrl::address() const {
    std::string host;
    for (const std::string& candidate :
         {part("host"), part("hostaddr"), libpq_default("host"), libpq_default("hostaddr")}) {
        if (host.empty()) host = candidate;
    }
    const std::string port = part("port").empty() ? libpq_default("port") : part("port");
    return (host.empty() ? "local socket" : host) + (port.empty() ? "" : ":" + port);
}

std::map<std::string, std::string> ConnectionUrl::environment() const {
    std::map<std::string, std::string> variables;
    const Options defaults = libpq_defaults();
    for (const PQconninfoOption* option = defaults.get(); option != nullptr && option->keyword != nullptr; ++option) {
        const auto found = m_parts.find(option->keyword);
        if (option->envvar != nullptr && found != m_parts.end()) variables[option->envvar] = found->second;
    }
    return variables;
}

std::map<std::string, std::string> ConnectionUrl::public_environment() const {
    std::map<std::string, std::string> variables = environment();
    const Options defaults = libpq_defaults();
    // libpq marks what is not to be shown by this.
    for (const PQconninfoOption* option = defaults.get(); option != nullptr && option->keyword != nullptr; ++option)
        if (option->envvar != nullptr && *option->dispchar == '*') variables.erase(option->envvar);
    return variables;
}

}  // namespace lastgood
