#include "pipeline/section_reader.hpp"

#include "core/names.hpp"
#include "core/quantity.hpp"
#include "pipeline/complaint.hpp"
#include "pipeline/document.hpp"
#include "pipeline/scalar_rules.hpp"

#include <stdexcept>

namespace lastgood {
namespace {

std::string listed(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
    return text;
}

}  // namespace

SectionReader::SectionReader(const YAML::Node& node, const Place& place, const Section& section, const Reading& reading)
    : m_section(&section), m_reading(&reading), m_name(section.name), m_place(place) {
    if (!node.IsMap()) {
        throw complaint(m_place, m_name + " wants a map, not " + say_node(node),
                        "write there a map with keys of " + m_name + ": " + listed(key_names(section)));
    }
    for (const auto& pair : node) take(pair.first, pair.second);
    for (const Key& key : section.keys) {
        if (!key.required || has(key.name)) continue;
        throw complaint(m_place, m_name + " has no key \"" + std::string(key.name) + "\"",
                        "add there " + std::string(key.name) + ": " + example(key));
    }
}

void SectionReader::take(const YAML::Node& key, const YAML::Node& value) {
    const Place place = place_of(key, m_place);
    if (!key.IsScalar())
        throw complaint(place, "a key wants to be a word, not " + say_node(key),
                        "write there one of: " + listed(key_names(*m_section)));
    const std::string& word = key.Scalar();
    if (!find_key(*m_section, word)) refuse_unknown(place, word);
    if (!m_values.try_emplace(word, Value{value, place_of(value, place)}).second) {
        throw complaint(place, "key " + in_quotes(word) + " is given twice", "remove one of the two");
    }
}

void SectionReader::refuse_unknown(const Place& place, const std::string& word) const {
    const std::vector<std::string> known = key_names(*m_section);
    const std::string near = nearest(word, known);
    throw complaint(place, "unknown key " + in_quotes(word) + " in " + m_name,
                    near.empty() ? "write there one of: " + listed(known) : "write " + near + " there");
}

const SectionReader::Value* SectionReader::given(std::string_view key) const {
    declared(key);
    const auto found = m_values.find(key);
    return found == m_values.end() ? nullptr : &found->second;
}

const Key& SectionReader::declared(std::string_view key) const {
    const Key* found = find_key(*m_section, key);
    if (!found) throw std::logic_error("the table of " + m_name + " has no key " + std::string(key));
    return *found;
}

Place SectionReader::place(std::string_view key) const {
    const Value* value = given(key);
    return value ? value->place : m_place;
}

SectionReader::Value SectionReader::value_or_fallback(const Key& key) const {
    if (const Value* value = given(key.name)) return *value;
    return {key.fallback.empty() ? YAML::Node() : YAML::Load(std::string(key.fallback)), m_place};
}

void SectionReader::refuse(std::string_view key, const std::string& what, const std::string& next) const {
    throw complaint(place(key), what, next);
}

void SectionReader::refuse_value(const Key& key, const Value& value) const {
    throw complaint(value.place, std::string(key.name) + " wants " + wanted(key) + ", not " + say_node(value.node),
                    "write there for example " + std::string(key.name) + ": " + example(key));
}

SectionReader SectionReader::section(std::string_view key) const {
    const Key& row = declared(key);
    const Value* value = given(key);
    if (value) return {value->node, value->place, row.section(), *m_reading};
    return {YAML::Node(YAML::NodeType::Map), m_place, row.section(), *m_reading};
}

std::vector<SectionReader> SectionReader::entries(std::string_view key) const {
    const Key& row = declared(key);
    const Value value = value_or_fallback(row);
    if (!value.node.IsSequence() || value.node.size() == 0) refuse_value(row, value);
    std::vector<SectionReader> readers;
    for (const auto& item : value.node) readers.push_back(entry(row, {item, place_of(item, value.place)}));
    return readers;
}

SectionReader SectionReader::entry(const Key& key, const Value& value) const {
    const std::string list(key.name);
    const bool is_map = value.node.IsMap();
    if (is_map && value.node.size() != 1) {
        throw complaint(value.place, "an entry of " + list + " wants one key, not " + std::to_string(value.node.size()),
                        "begin each entry with \"- \" and indent what belongs to it further than its name");
    }
    const YAML::Node name = is_map ? value.node.begin()->first : value.node;
    const YAML::Node content = is_map ? value.node.begin()->second : YAML::Node();
    const Place place = place_of(name, value.place);
    if (!name.IsScalar()) {
        throw complaint(place, "an entry of " + list + " wants a name, not " + say_node(name),
                        "write there for example " + list + ": " + example(key));
    }
    return {content.IsNull() ? YAML::Node(YAML::NodeType::Map) : content, place, named(key, name.Scalar(), place),
            *m_reading};
}

const Section& SectionReader::named(const Key& key, const std::string& name, const Place& place) {
    std::vector<std::string> known;
    for (const SectionOf candidate : key.entries) {
        known.emplace_back(candidate().name);
        if (known.back() == name) return candidate();
    }
    const std::string near = nearest(name, known);
    throw complaint(place, "unknown entry " + in_quotes(name) + " in " + std::string(key.name),
                    near.empty() ? "write there one of: " + listed(known) : "write " + near + " there");
}

}  // namespace lastgood
