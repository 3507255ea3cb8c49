#include "core/content_digest.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <numeric>
#include <stdexcept>

namespace lastgood {

namespace {

__extension__ using Int128 = __int128;

/// `<octets>:<text>`
void append_value(std::string& row, std::string_view value) {
    std::array<char, 21> prefix;  // NOLINT: written before it is read
    char* end = std::to_chars(prefix.data(), prefix.data() + 20, value.size()).ptr;
    *end++ = ':';
    row.append(prefix.data(), end);
    row += value;
}

int digit_of(char c, int base) {
    int value = -1;
    if (c >= '0' && c <= '9') value = c - '0';
    if (c >= 'a' && c <= 'f') value = c - 'a' + 10;
    if (c >= 'A' && c <= 'F') value = c - 'A' + 10;
    return value < base ? value : -1;
}

/// Takes at most `limit` digits off the front of `rest`; -1 if there is none.
int take_number(std::string_view& rest, int base, int limit) {
    int value = -1;
    for (int i = 0; i < limit && !rest.empty() && digit_of(rest.front(), base) >= 0; ++i) {
        value = std::max(value, 0) * base + digit_of(rest.front(), base);
        rest.remove_prefix(1);
    }
    return value;
}

/// What stands behind a backslash, taken off the front of `rest`.
char take_escaped(std::string_view& rest) {
    if (rest.empty()) throw std::invalid_argument("a COPY line that ends in a backslash");
    const int octal = take_number(rest, 8, 3);
    if (octal >= 0) return static_cast<char>(octal & 0xFF);
    const char c = rest.front();
    rest.remove_prefix(1);
    switch (c) {
        case 'b':
            return '\b';
        case 'f':
            return '\f';
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        case 'v':
            return '\v';
        case 'x': {
            const int hex = take_number(rest, 16, 2);
            return hex >= 0 ? static_cast<char>(hex) : c;
        }
        default:
            return c;
    }
}

Int128 number_from(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    if (text.empty()) throw std::invalid_argument("a sum without digits");
    Int128 number = 0;
    for (const char digit : text) {
        if (digit < '0' || digit > '9') throw std::invalid_argument("a sum that is no number");
        number = number * 10 + (digit - '0');
    }
    return negative ? -number : number;
}

std::string decimal(Int128 number) {
    const bool negative = number < 0;
    std::string digits;
    do {
        const int digit = static_cast<int>(number % 10);
        digits += static_cast<char>('0' + (digit < 0 ? -digit : digit));
        number /= 10;
    } while (number != 0);
    if (negative) digits += '-';
    std::reverse(digits.begin(), digits.end());
    return digits;
}

}  // namespace

ContentDigest::ContentDigest(const std::vector<std::string>& columns)
    : m_announced(true), m_order(columns.size()), m_fields(columns.size()) {
    std::iota(m_order.begin(), m_order.end(), std::size_t{0});
    std::sort(m_order.begin(), m_order.end(), [&](auto a, auto b) { return columns[a] < columns[b]; });
}

void ContentDigest::append_field(std::string_view field) {
    if (field == "\\N") {
        m_row += '-';
        return;
    }
    if (field.find('\\') == std::string_view::npos) {
        append_value(m_row, field);
        return;
    }
    m_escaped.clear();
    while (!field.empty()) {
        const auto plain = std::min(field.find('\\'), field.size());
        m_escaped += field.substr(0, plain);
        field.remove_prefix(plain);
        if (field.empty()) break;
        field.remove_prefix(1);
        m_escaped += take_escaped(field);
    }
    append_value(m_row, m_escaped);
}

void ContentDigest::append_announced(std::string_view line) {
    if (m_order.empty()) {
        if (!line.empty()) throw std::invalid_argument("a COPY line with columns, of a table that has none");
        return;
    }
    const bool plain = line.find('\\') == std::string_view::npos;  // no NULL and nothing escaped
    std::size_t found = 0;
    for (;; ++found) {
        if (found == m_fields.size()) throw std::invalid_argument("a COPY line with too many columns");
        const auto tab = line.find('\t');
        m_fields[found] = line.substr(0, tab);
        if (tab == std::string_view::npos) break;
        line.remove_prefix(tab + 1);
    }
    if (found + 1 != m_fields.size()) throw std::invalid_argument("a COPY line with too few columns");
    for (const std::size_t place : m_order) {
        if (plain) {
            append_value(m_row, m_fields[place]);
        } else {
            append_field(m_fields[place]);
        }
    }
}

void ContentDigest::add(const std::vector<std::optional<std::string>>& columns) {
    m_row.clear();
    for (const auto& column : columns) {
        if (!column) {
            m_row += '-';
            continue;
        }
        append_value(m_row, *column);
    }
    add_row();
}

void ContentDigest::add_copy_line(std::string_view line) {
    if (line == "\\.") throw std::invalid_argument("the end of a COPY stream is no line of it");
    if (line.find('\n') != std::string_view::npos) throw std::invalid_argument("a COPY line with a newline in it");
    m_row.clear();
    if (m_announced) {
        append_announced(line);
        add_row();
        return;
    }
    for (;;) {
        const auto tab = line.find('\t');
        append_field(line.substr(0, tab));
        if (tab == std::string_view::npos) break;
        line.remove_prefix(tab + 1);
    }
    add_row();
}

void ContentDigest::add_part(std::uint64_t rows, std::string_view sum) {
    m_rows += rows;
    m_sum += number_from(sum);
}

void ContentDigest::add_part(const ContentDigest& part) {
    m_sum += part.m_sum;
    m_rows += part.m_rows;
}

void ContentDigest::add_row() {
    m_sum += static_cast<std::int64_t>(postgres_hash(m_row, 0));
    ++m_rows;
}

std::string ContentDigest::text() const {
    return decimal(m_sum) + "/" + std::to_string(m_rows);
}

}  // namespace lastgood
