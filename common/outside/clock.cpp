#include "outside/clock.hpp"

#include <array>
#include <cstdio>
#include <stdexcept>

namespace lastgood {

namespace {

struct Fields {
    int year;
    unsigned month;
    unsigned day;
    int hour;
    int minute;
    int second;
    int millisecond;
};

Fields fields_of(Time time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    return {int(date.year()),
            unsigned(date.month()),
            unsigned(date.day()),
            static_cast<int>(clock.hours().count()),
            static_cast<int>(clock.minutes().count()),
            static_cast<int>(clock.seconds().count()),
            static_cast<int>(clock.subseconds().count())};
}

/// Reads a time from left to right; every take throws if the text is no such thing.
class Reader {
  public:
    explicit Reader(std::string_view text) : m_whole(text), m_rest(text) {}

    int number(std::size_t digits) {
        int value = 0;
        for (std::size_t i = 0; i < digits; ++i) value = value * 10 + digit();
        return value;
    }
    void one_of(std::string_view characters) {
        if (m_rest.empty() || characters.find(m_rest.front()) == std::string_view::npos) fail();
        m_rest.remove_prefix(1);
    }
    /// ".123456" as 123; nothing as 0.
    int milliseconds() {
        if (!m_rest.starts_with('.')) return 0;
        m_rest.remove_prefix(1);
        int value = digit() * 100;
        for (int weight = 10; !m_rest.empty() && is_digit(m_rest.front()); weight /= 10) value += digit() * weight;
        return value;
    }
    void zone() {
        if (m_rest != "Z" && m_rest != "+00" && m_rest != "+00:00") fail();
    }
    [[noreturn]] void fail() const { throw std::invalid_argument("not a UTC time: \"" + std::string(m_whole) + "\""); }

  private:
    static bool is_digit(char c) { return c >= '0' && c <= '9'; }
    int digit() {
        if (m_rest.empty() || !is_digit(m_rest.front())) fail();
        const int value = m_rest.front() - '0';
        m_rest.remove_prefix(1);
        return value;
    }

    std::string_view m_whole;
    std::string_view m_rest;
};

}  // namespace

Time now() {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

std::string say_time(Time time) {
    const Fields f = fields_of(time);
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", f.year, f.month, f.day, f.hour,
                  f.minute, f.second, f.millisecond);
    return text.data();
}

Time parse_time(std::string_view text) {
    Reader reader(text);
    const std::chrono::year year(reader.number(4));
    reader.one_of("-");
    const std::chrono::month month(static_cast<unsigned>(reader.number(2)));
    reader.one_of("-");
    const std::chrono::year_month_day date(year, month, std::chrono::day(static_cast<unsigned>(reader.number(2))));
    reader.one_of("T ");
    const int hour = reader.number(2);
    reader.one_of(":");
    const int minute = reader.number(2);
    reader.one_of(":");
    const int second = reader.number(2);
    const int millisecond = reader.milliseconds();
    reader.zone();
    if (!date.ok() || hour > 23 || minute > 59 || second > 60) reader.fail();
    return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
           std::chrono::seconds(second) + std::chrono::milliseconds(millisecond);
}

std::string compact_time(Time time) {
    const Fields f = fields_of(time);
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%04d%02u%02uT%02d%02d%02d", f.year, f.month, f.day, f.hour, f.minute,
                  f.second);
    return text.data();
}

}  // namespace lastgood
