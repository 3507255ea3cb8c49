#include "pipeline/scalar_rules.hpp"

#include "core/names.hpp"
#include "pipeline/complaint.hpp"
#include "pipeline/literal_password.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <filesystem>

namespace lastgood {
namespace {

/// A value of the file with what a message about it needs.
struct Judged {
    const Key& key;
    const Expanded& value;
    const Place& place;

    std::string name() const { return std::string(key.name); }
    [[noreturn]] void refuse(const std::string& what, const std::string& next) const {
        throw complaint(place, name() + " " + what, next);
    }
    [[noreturn]] void refuse() const {
        std::string what = "wants " + wanted(key);
        const bool secret = key.kind == Kind::token || key.kind == Kind::database_url;
        if (!secret)
            what += (value.referring ? ", which is not what it gets from " : ", not ") + in_quotes(value.written);
        refuse(what, "write there for example " + name() + ": " + example(key));
    }
};

void refuse_empty(const Judged& judged) {
    const std::string source = in_quotes(judged.value.written);
    if (judged.value.referring)
        judged.refuse("is empty, as " + source + " holds nothing", "give " + source + " a value");
    judged.refuse("is empty", "write there for example " + judged.name() + ": " + example(judged.key));
}

void check_name(const Judged& judged) {
    if (!is_pipeline_name(judged.value.text)) judged.refuse();
}

void check_path(const Judged& judged) {
    const std::filesystem::path path(judged.value.text);
    const bool climbs = std::any_of(path.begin(), path.end(), [](const auto& part) { return part == ".."; });
    if (path.is_absolute() || climbs) judged.refuse();
}

void refuse_path_instead_of_url(const Judged& judged) {
    std::error_code trouble;
    const std::string& text = judged.value.text;
    if (!text.starts_with('/') || !std::filesystem::is_regular_file(text, trouble)) return;
    const std::string origin = judged.value.variable.empty() ? "the value" : "variable " + judged.value.variable;
    judged.refuse(
        "wants " + wanted(judged.key) + ", but " + origin + " is the path of a file (a CI variable of type file?)",
        "make it a CI variable of type variable, or name the file itself: " + judged.name() + ": ${file:PATH}");
}

void check_token(const Judged& judged, const Expansion& expansion) {
    if (judged.value.spelled_out) {
        judged.refuse("may not be written into the file",
                      "put it into an environment variable and write " + judged.name() + ": " + example(judged.key));
    }
    expansion.hide(judged.value.text);
}

void check_database_url(const Judged& judged, const Expansion& expansion) {
    if (holds_literal_password(judged.value.written)) {
        judged.refuse("spells out a password", "put the URL into an environment variable and write " + judged.name() +
                                                   ": " + example(judged.key));
    }
    expansion.hide(judged.value.text);
    refuse_path_instead_of_url(judged);
    const std::string& text = judged.value.text;
    if (text.starts_with("postgres://") || text.starts_with("postgresql://")) return;
    if (text.find("://") == text.npos && text.find('=') != text.npos) return;  // host=... dbname=...
    judged.refuse();
}

void check_http_url(const Judged& judged) {
    refuse_path_instead_of_url(judged);
    if (!judged.value.text.starts_with("http://") && !judged.value.text.starts_with("https://")) judged.refuse();
}

void check_store(const Judged& judged) {
    const std::string& text = judged.value.text;
    // What stands behind the bucket is judged by who opens it (store/s3_address.hpp).
    if (text.starts_with("s3://") && text.size() > 5 && text[5] != '/' && text[5] != '?') return;
    if (!text.starts_with("file:")) judged.refuse();
    const std::string_view path = std::string_view(text).substr(5);
    if (!path.starts_with('/') || path.starts_with("//") || path == "/") judged.refuse();
}

void check_choice(const Judged& judged) {
    const auto& later = judged.key.not_in_this_version;
    if (std::find(later.begin(), later.end(), judged.value.text) != later.end()) {
        judged.refuse(in_quotes(judged.value.written) + " is not in this version",
                      "write " + judged.name() + ": " + std::string(judged.key.choices.front()));
    }
    const auto& choices = judged.key.choices;
    if (std::find(choices.begin(), choices.end(), judged.value.text) != choices.end()) return;
    const std::string near = nearest(judged.value.text, choices);
    if (near.empty() || judged.value.referring) judged.refuse();
    judged.refuse("wants " + wanted(judged.key) + ", not " + in_quotes(judged.value.written),
                  "write " + judged.name() + ": " + near);
}

bool names_a_secret(std::string name) {
    for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    constexpr std::array<std::string_view, 6> words{"auth", "cookie", "token", "secret", "key", "pass"};
    return std::any_of(words.begin(), words.end(), [&](auto word) { return name.find(word) != name.npos; });
}

}  // namespace

bool is_pipeline_name(std::string_view text) {
    const auto plain = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; };
    if (text.empty() || text.size() > 64 || !plain(static_cast<unsigned char>(text.front()))) return false;
    return std::all_of(text.begin(), text.end(), [&](unsigned char c) { return plain(c) || c == '.' || c == '-'; });
}

std::optional<std::uint64_t> whole_number_of(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, trouble] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || trouble != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

std::optional<double> decimal_of(std::string_view text) {
    double number = 0;
    const auto [end, trouble] =
        std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (text.empty() || trouble != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

void check_scalar(const Key& key, const Expanded& value, const Place& place, const Expansion& expansion) {
    const Judged judged{key, value, place};
    if (value.text.find('\0') != std::string::npos) judged.refuse("holds a NUL character", "remove it");
    if (holds_url_password(value.written)) {
        judged.refuse("spells out a password", "put it into an environment variable and write ${NAME} in its place");
    }
    const bool may_be_empty = key.kind == Kind::scalar || key.kind == Kind::argv || key.kind == Kind::rows ||
                              key.kind == Kind::values || key.kind == Kind::headers;
    if (value.text.empty() && !may_be_empty) refuse_empty(judged);
    switch (key.kind) {
        case Kind::name:
            return check_name(judged);
        case Kind::choice:
            return check_choice(judged);
        case Kind::token:
            return check_token(judged, expansion);
        case Kind::database_url:
            return check_database_url(judged, expansion);
        case Kind::http_url:
            return check_http_url(judged);
        case Kind::store:
            return check_store(judged);
        case Kind::path:
        case Kind::paths:
            return check_path(judged);
        default:
            return;
    }
}

void check_header(const std::string& name, const Expanded& value, const Place& place, const Expansion& expansion) {
    constexpr std::string_view k_letters = "!#$%&'*+-.^_`|~";  // of a token (RFC 9110), besides letters and digits
    const auto allowed = [&](unsigned char c) {
        return std::isalnum(c) != 0 || k_letters.find(static_cast<char>(c)) != k_letters.npos;
    };
    if (name.empty() || !std::all_of(name.begin(), name.end(), allowed))
        throw complaint(place, in_quotes(name) + " is no name of a header",
                        "write there for example Accept: application/json");
    if (value.text.find_first_of("\r\n") != std::string::npos)
        throw complaint(place, "header " + name + " holds a line break", "remove it");
    if (!value.referring) {
        if (names_a_secret(name))
            throw complaint(place, "header " + name + " spells out a secret",
                            "put it into an environment variable and write " + name + ": ${NAME}");
        return;
    }
    // "Bearer ${TOKEN}": the whole is a secret, and so is its last word.
    expansion.hide(value.text);
    expansion.hide(value.text.substr(value.text.find_last_of(' ') + 1));
}

}  // namespace lastgood
