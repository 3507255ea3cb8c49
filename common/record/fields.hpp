#pragma once

#include "record/event.hpp"

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lastgood {

/// The fields of a JSON object, each with the type that we expect. What is missing (null counts) or has another type is
/// a Failure (4) that names the field; with a fallback, missing is fine. Refers to `json`.
class Fields {
  public:
    explicit Fields(const Json& json);

    /// Null if missing.
    const Json* find(std::string_view name) const;
    const Json& at(std::string_view name) const;
    std::string text(std::string_view name) const;
    std::string text(std::string_view name, std::string fallback) const;
    bool flag(std::string_view name, bool fallback) const;
    template <std::integral Number>
    Number number(std::string_view name) const;
    template <std::integral Number>
    Number number(std::string_view name, Number fallback) const;
    /// Elements of an array, none if it is missing.
    std::vector<std::string> texts(std::string_view name) const;
    const Json::array_t& elements(std::string_view name) const;

  private:
    [[noreturn]] static void fail(std::string_view name, const char* reason);
    const Json& m_json;
};

template <std::integral Number>
Number Fields::number(std::string_view name) const {
    const Json& json = at(name);
    if (json.is_number_unsigned()) {
        const auto value = json.get<std::uint64_t>();
        if (std::in_range<Number>(value)) return static_cast<Number>(value);
    } else if (json.is_number_integer()) {
        const auto value = json.get<std::int64_t>();
        if (std::in_range<Number>(value)) return static_cast<Number>(value);
    }
    fail(name, "is no number that fits");
}

template <std::integral Number>
Number Fields::number(std::string_view name, Number fallback) const {
    return find(name) == nullptr ? fallback : number<Number>(name);
}

}  // namespace lastgood
