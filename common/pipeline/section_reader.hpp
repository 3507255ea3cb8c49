#pragma once

#include "pipeline/expansion.hpp"
#include "pipeline/keys.hpp"
#include "pipeline/pipeline.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <yaml-cpp/yaml.h>

namespace lastgood {

/// What every reader of one file shares.
struct Reading {
    std::string file;
    const Expansion& expansion;
};

/// A map of the file, read by the table of its section. The constructor refuses what is no map, unknown and repeated
/// keys, and missing ones; the accessors refuse values of another kind. A key that is not there reads as its fallback
/// in the table. Asking for a key in another way than its kind is our bug: std::logic_error.
class SectionReader {
  public:
    SectionReader(const YAML::Node& node, const Place& place, const Section& section, const Reading& reading);

    const std::string& name() const { return m_name; }
    const Place& place() const { return m_place; }
    /// Where the value of the key stands, or the section where it is not given.
    Place place(std::string_view key) const;
    bool has(std::string_view key) const { return given(key) != nullptr; }

    std::string text(std::string_view key) const;
    SecretValue secret(std::string_view key) const;
    bool flag(std::string_view key) const;
    std::uint64_t number(std::string_view key) const;
    std::vector<std::uint64_t> number_list(std::string_view key) const;
    bool is_list(std::string_view key) const;
    double decimal(std::string_view key) const;
    Milliseconds duration(std::string_view key) const;
    std::uint64_t size(std::string_view key) const;
    std::vector<std::string> list(std::string_view key) const;
    bool is_map(std::string_view key) const;
    std::map<std::string, std::uint64_t> numbers(std::string_view key) const;
    /// Of Kind::values and Kind::headers; empty where the key is not given.
    std::map<std::string, std::string> values(std::string_view key) const;
    /// null is a value without one.
    std::vector<std::vector<std::optional<std::string>>> rows(std::string_view key) const;
    SectionReader section(std::string_view key) const;
    /// One reader per entry of the list; their names say which sections they are.
    std::vector<SectionReader> entries(std::string_view key) const;

    template <typename Enum>
    Enum choice(std::string_view key, std::initializer_list<std::pair<std::string_view, Enum>> meanings) const {
        const std::string chosen = text(key);
        for (const auto& [word, meaning] : meanings) {
            if (word == chosen) return meaning;
        }
        throw_without_meaning(key);
    }

    [[noreturn]] void refuse(std::string_view key, const std::string& what, const std::string& next) const;

  private:
    struct Value {
        YAML::Node node;
        Place place;
    };

    void take(const YAML::Node& key, const YAML::Node& value);
    const Value* given(std::string_view key) const;
    const Key& declared(std::string_view key) const;
    Value value_or_fallback(const Key& key) const;
    Expanded scalar(const Key& key, const Value& value) const;
    /// Calls `take` for each name of the map behind the key; refuses repeated ones. `what`: what a name is.
    void each_name(const Key& key, const std::string& what,
                   const std::function<void(const std::string&, const Value&)>& take) const;
    std::uint64_t whole_number(const Key& key, const Value& value) const;
    SectionReader entry(const Key& key, const Value& value) const;
    static const Section& named(const Key& key, const std::string& name, const Place& place);
    [[noreturn]] void refuse_unknown(const Place& place, const std::string& word) const;
    [[noreturn]] void refuse_value(const Key& key, const Value& value) const;
    [[noreturn]] void throw_without_meaning(std::string_view key) const;

    const Section* m_section;
    const Reading* m_reading;
    std::string m_name;
    Place m_place;
    std::map<std::string, Value, std::less<>> m_values;
};

}  // namespace lastgood
