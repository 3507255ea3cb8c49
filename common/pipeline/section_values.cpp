// The accessors of SectionReader: one per kind of value.
#include "core/quantity.hpp"
#include "pipeline/complaint.hpp"
#include "pipeline/document.hpp"
#include "pipeline/scalar_rules.hpp"
#include "pipeline/section_reader.hpp"

#include <set>
#include <stdexcept>

namespace lastgood {

void SectionReader::throw_without_meaning(std::string_view key) const {
    throw std::logic_error("a choice of " + m_name + "." + std::string(key) + " has no meaning");
}

Expanded SectionReader::scalar(const Key& key, const Value& value) const {
    if (!value.node.IsScalar()) refuse_value(key, value);
    Expanded expanded = m_reading->expansion.expand(value.node.Scalar(), value.place, key.name);
    check_scalar(key, expanded, value.place, m_reading->expansion);
    return expanded;
}

std::string SectionReader::text(std::string_view key) const {
    const Key& row = declared(key);
    if (!has(key) && row.fallback.empty()) return "";
    return scalar(row, value_or_fallback(row)).text;
}

SecretValue SectionReader::secret(std::string_view key) const {
    const Key& row = declared(key);
    Expanded value = scalar(row, value_or_fallback(row));
    return {Secret(std::move(value.text)), std::move(value.variable), place(key)};
}

bool SectionReader::flag(std::string_view key) const {
    const Key& row = declared(key);
    const Value value = value_or_fallback(row);
    const std::string word = scalar(row, value).text;
    if (word != "true" && word != "false") refuse_value(row, value);
    return word == "true";
}

std::uint64_t SectionReader::whole_number(const Key& key, const Value& value) const {
    const auto number = whole_number_of(scalar(key, value).text);
    if (!number || *number < lowest(key) || *number > highest(key)) refuse_value(key, value);
    return *number;
}

std::uint64_t SectionReader::number(std::string_view key) const {
    const Key& row = declared(key);
    return whole_number(row, value_or_fallback(row));
}

bool SectionReader::is_list(std::string_view key) const {
    const Value* value = given(key);
    return value != nullptr && value->node.IsSequence();
}

Milliseconds SectionReader::duration(std::string_view key) const {
    const Key& row = declared(key);
    const Value value = value_or_fallback(row);
    const auto duration = parse_duration(scalar(row, value).text);
    if (!duration) refuse_value(row, value);
    const Milliseconds least(lowest(row));
    const Milliseconds most(highest(row));
    if (*duration >= least && *duration <= most) return *duration;
    refuse(key,
           std::string(key) + " is " + (*duration < least ? "too short" : "too long") + ": " +
               in_quotes(value.node.Scalar()),
           "write there a duration " +
               (*duration < least ? "of at least " + say_duration(least) : "of at most " + say_duration(most)));
}

std::uint64_t SectionReader::size(std::string_view key) const {
    const Key& row = declared(key);
    const Value value = value_or_fallback(row);
    const auto bytes = parse_size(scalar(row, value).text);
    if (!bytes || *bytes == 0) refuse_value(row, value);
    return *bytes;
}

std::vector<std::string> SectionReader::list(std::string_view key) const {
    const Key& row = declared(key);
    const Value value = value_or_fallback(row);
    std::vector<std::string> items;
    if (!has(key) && row.fallback.empty()) return items;
    if (!value.node.IsSequence() || value.node.size() == 0) refuse_value(row, value);
    for (const auto& item : value.node) items.push_back(scalar(row, {item, place_of(item, value.place)}).text);
    if (row.kind == Kind::argv && items.front().empty())
        refuse(key, std::string(key) + " names no program",
               "write there for example " + std::string(key) + ": " + example(row));
    return items;
}

bool SectionReader::is_map(std::string_view key) const {
    const Value* value = given(key);
    return value != nullptr && value->node.IsMap();
}

void SectionReader::each_name(const Key& key, const std::string& what,
                              const std::function<void(const std::string&, const Value&)>& take) const {
    const Value value = value_or_fallback(key);
    if (!value.node.IsMap()) refuse_value(key, value);
    std::set<std::string> taken;
    for (const auto& pair : value.node) {
        const Place place = place_of(pair.first, value.place);
        if (!pair.first.IsScalar())
            throw complaint(place, "a " + what + " wants to be a word, not " + say_node(pair.first),
                            "write there the name of a " + what);
        if (!taken.insert(pair.first.Scalar()).second)
            throw complaint(place, what + " " + in_quotes(pair.first.Scalar()) + " is given twice",
                            "remove one of the two");
        take(pair.first.Scalar(), {pair.second, place_of(pair.second, place)});
    }
}

std::map<std::string, std::uint64_t> SectionReader::numbers(std::string_view key) const {
    const Key& row = declared(key);
    std::map<std::string, std::uint64_t> result;
    each_name(row, "table",
              [&](const std::string& table, const Value& value) { result[table] = whole_number(row, value); });
    return result;
}

std::vector<std::uint64_t> SectionReader::number_list(std::string_view key) const {
    const Key& row = declared(key);
    const Value value = value_or_fallback(row);
    if (!value.node.IsSequence()) return {whole_number(row, value)};
    if (value.node.size() == 0) refuse_value(row, value);
    std::vector<std::uint64_t> numbers;
    for (const auto& item : value.node) numbers.push_back(whole_number(row, {item, place_of(item, value.place)}));
    return numbers;
}

double SectionReader::decimal(std::string_view key) const {
    const Key& row = declared(key);
    const Value value = value_or_fallback(row);
    const auto number = decimal_of(scalar(row, value).text);
    if (!number || *number < static_cast<double>(lowest(row))) refuse_value(row, value);
    return *number;
}

std::map<std::string, std::string> SectionReader::values(std::string_view key) const {
    const Key& row = declared(key);
    std::map<std::string, std::string> result;
    if (!has(key)) return result;
    each_name(row, "name", [&](const std::string& name, const Value& value) {
        const Expanded expanded = scalar(row, value);
        if (row.kind == Kind::headers) check_header(name, expanded, value.place, m_reading->expansion);
        result[name] = expanded.text;
    });
    if (result.empty()) refuse_value(row, value_or_fallback(row));
    return result;
}

std::vector<std::vector<std::optional<std::string>>> SectionReader::rows(std::string_view key) const {
    const Key& row = declared(key);
    const Value value = value_or_fallback(row);
    if (!value.node.IsSequence() || value.node.size() == 0) refuse_value(row, value);
    std::vector<std::vector<std::optional<std::string>>> rows;
    for (const auto& item : value.node) {
        const Place place = place_of(item, value.place);
        if (!item.IsSequence() || item.size() == 0) refuse_value(row, {item, place});
        auto& cells = rows.emplace_back();
        for (const auto& cell : item) {
            if (cell.IsNull()) {
                cells.emplace_back(std::nullopt);
            } else {
                cells.emplace_back(scalar(row, {cell, place_of(cell, place)}).text);
            }
        }
    }
    return rows;
}

}  // namespace lastgood
