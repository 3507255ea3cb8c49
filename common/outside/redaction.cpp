#include "outside/redaction.hpp"

#include <algorithm>
#include <utility>

namespace lastgood {

namespace {

constexpr std::size_t k_shortest = 4;
constexpr std::string_view k_mask = "***";

bool is_unreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::string encode(std::string_view text, std::string_view digits) {
    std::string result;
    for (const char c : text) {
        if (is_unreserved(c)) {
            result += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            result += '%';
            result += digits[byte >> 4U];
            result += digits[byte & 0xFU];
        }
    }
    return result;
}

/// What stands between "user:" and '@' in a URL. libpq ends it at the first '@', browsers at the last.
std::vector<std::string> url_passwords(std::string_view url) {
    const auto scheme = url.find("://");
    if (scheme == std::string_view::npos) return {};
    const auto authority = url.substr(scheme + 3);
    const auto colon = authority.find(':');
    if (colon == std::string_view::npos) return {};
    std::vector<std::string> found;
    const auto end = authority.find_first_of("/?#");
    for (const auto at : {authority.find('@'), authority.substr(0, end).rfind('@'), authority.rfind('@')}) {
        if (at != std::string_view::npos && at > colon) found.emplace_back(authority.substr(colon + 1, at - colon - 1));
    }
    return found;
}

/// The value that begins at `text`, as libpq reads it in a conninfo string: quoted with ' and \, or up to a blank.
std::string conninfo_value(std::string_view text) {
    const bool quoted = !text.empty() && text.front() == '\'';
    std::string value;
    for (std::size_t i = quoted ? 1 : 0; i < text.size(); ++i) {
        if (quoted ? text[i] == '\'' : (text[i] == ' ' || text[i] == '\t' || text[i] == '\n')) break;
        if (text[i] == '\\' && i + 1 < text.size()) ++i;
        value += text[i];
    }
    return value;
}

/// Values of password= (sslpassword= too) in a conninfo string or in the query of a URL.
std::vector<std::string> named_passwords(std::string_view text) {
    constexpr std::string_view word = "password";
    std::vector<std::string> found;
    for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
        auto rest = text.substr(at + word.size());
        rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
        if (rest.empty() || rest.front() != '=') continue;
        rest.remove_prefix(1);
        rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
        found.push_back(conninfo_value(rest));
        found.emplace_back(rest.substr(0, rest.find_first_of("&# \t\n")));
    }
    return found;
}

/// Children are redacted line by line, so a key file of many lines must be known by its lines.
std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> found;
    while (!text.empty()) {
        const auto end = std::min(text.find_first_of("\r\n"), text.size());
        found.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return found;
}

}  // namespace

void Redaction::add(std::string_view secret) {
    std::vector<std::string> values{std::string(secret)};
    for (const auto& more : {url_passwords(secret), named_passwords(secret), lines_of(secret)}) {
        values.insert(values.end(), more.begin(), more.end());
    }
    std::vector<std::string> added;
    {
        const std::lock_guard lock(m_mutex);
        for (const auto& value : values) {
            const std::string decoded = percent_decode(value);
            for (const auto& form : {value, decoded, percent_encode(value), percent_encode(decoded),
                                     encode(value, "0123456789abcdef"), encode(decoded, "0123456789abcdef")}) {
                if (form.size() < k_shortest) continue;
                if (std::find(m_forms.begin(), m_forms.end(), form) != m_forms.end()) continue;
                m_forms.push_back(form);
                added.push_back(form);
            }
        }
    }
    if (m_listener) std::for_each(added.begin(), added.end(), m_listener);
}

void Redaction::tell_of_each(std::function<void(const std::string&)> listener) {
    m_listener = std::move(listener);
    std::vector<std::string> known;
    {
        const std::lock_guard lock(m_mutex);
        known = m_forms;
    }
    std::for_each(known.begin(), known.end(), m_listener);
}

std::string Redaction::clean(std::string_view text) const {
    // Every occurrence of every form, overlapping ones joined: what one form leaves must not be the end of another.
    std::vector<std::pair<std::size_t, std::size_t>> hits;
    {
        const std::lock_guard lock(m_mutex);
        for (const auto& form : m_forms) {
            for (auto at = text.find(form); at != std::string_view::npos; at = text.find(form, at + 1)) {
                hits.emplace_back(at, at + form.size());
            }
        }
    }
    std::sort(hits.begin(), hits.end());
    std::string result;
    std::size_t done = 0;
    for (const auto& [begin, end] : hits) {
        if (begin >= done) {
            result.append(text, done, begin - done);
            result += k_mask;
        }
        done = std::max(done, end);
    }
    result.append(text, done);
    return result;
}

std::string percent_encode(std::string_view text) {
    return encode(text, "0123456789ABCDEF");
}

std::string percent_decode(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool escape = text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0;
        if (escape && hex_value(text[i + 2]) >= 0) {
            result += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
            i += 2;
        } else {
            result += text[i];
        }
    }
    return result;
}

}  // namespace lastgood
