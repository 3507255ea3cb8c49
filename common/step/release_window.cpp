#include "step/release_window.hpp"

#include "core/failure.hpp"
#include "database/session.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace lastgood {

namespace {

constexpr std::array<const char*, 8> k_days{"", "mon", "tue", "wed", "thu", "fri", "sat", "sun"};

std::string say_minute(int minute) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%02d:%02d", minute / 60, minute % 60);
    return text.data();
}

}  // namespace

bool is_within(const ReleaseWindow& window, int day, int minute) {
    const auto begins_on = [&](int wanted) {
        return window.days.empty() || std::find(window.days.begin(), window.days.end(), wanted) != window.days.end();
    };
    if (window.begin < window.end) return begins_on(day) && minute >= window.begin && minute < window.end;
    return (minute >= window.begin && begins_on(day)) || (minute < window.end && begins_on(day == 1 ? 7 : day - 1));
}

std::string outside_window(const std::optional<ReleaseWindow>& window, Session& session) {
    if (!window) return "";
    if (session.query("select from pg_catalog.pg_timezone_names where name = $1", {window->zone}).empty())
        throw Failure(ExitCode::usage, "the server knows no time zone \"" + window->zone + "\"", "nothing",
                      "write window: { zone: ... } as pg_timezone_names has it");
    const auto row = session.query(
        "select extract(isodow from l)::int, extract(hour from l)::int * 60 + extract(minute from l)::int "
        "from (select pg_catalog.clock_timestamp() at time zone $1 as l) as clock",
        {window->zone})[0];
    const int day = std::stoi(*row[0]);
    const int minute = std::stoi(*row[1]);
    if (is_within(*window, day, minute)) return "";
    std::string days;
    for (const int each : window->days) days += (days.empty() ? "" : ", ") + std::string(k_days.at(each));
    return std::string("it is ") + k_days.at(day) + " " + say_minute(minute) + " in " + window->zone +
           ", and a release may begin " + (days.empty() ? "" : "on " + days + " ") + "from " +
           say_minute(window->begin) + " to " + say_minute(window->end);
}

}  // namespace lastgood
