#include "database/contents.hpp"

#include <map>
#include <string>

namespace lastgood {
namespace {

/// 10000 -> "10,000".
std::string grouped(std::uint64_t number) {
    std::string text = std::to_string(number);
    for (auto place = static_cast<std::ptrdiff_t>(text.size()) - 3; place > 0; place -= 3) {
        text.insert(static_cast<std::size_t>(place), ",");
    }
    return text;
}

template <typename Facts>
std::map<std::string, const Facts*> by_name(const std::vector<Facts>& all) {
    std::map<std::string, const Facts*> named;
    for (const Facts& facts : all) named[facts.qualified()] = &facts;
    return named;
}

/// Name and type of each column in order of name: attribute numbers close ranks in a restore.
std::map<std::string, std::string> shape(const TableFacts& table) {
    std::map<std::string, std::string> columns;
    for (const ColumnFacts& column : table.columns) columns[column.name] = column.type;
    return columns;
}

void compare_table(const TableFacts& expected, const TableFacts& found, std::vector<std::string>& differences) {
    const std::string name = expected.qualified();
    if (shape(expected) != shape(found)) differences.push_back(name + ": other columns");
    if (expected.key != found.key) differences.push_back(name + ": another primary key");
    if (expected.rows != found.rows) {
        differences.push_back(name + ": " + grouped(found.rows) + (found.rows == 1 ? " row, " : " rows, ") +
                              grouped(expected.rows) + " expected");
    } else if (expected.digest != found.digest) {
        differences.push_back(name + ": as many rows (" + grouped(found.rows) + "), but other contents");
    }
}

void compare_sequence(const SequenceFacts& expected, const SequenceFacts& found,
                      std::vector<std::string>& differences) {
    if (!expected.last_value) return;
    const bool upwards = expected.increment > 0;
    const bool far_enough = found.last_value && (upwards ? *found.last_value >= *expected.last_value
                                                         : *found.last_value <= *expected.last_value);
    if (far_enough) return;
    differences.push_back(expected.qualified() + ": sequence is " +
                          (found.last_value ? "at " + std::to_string(*found.last_value) : "unused") + ", at least " +
                          std::to_string(*expected.last_value) + " expected");
}

/// Calls `compare` for what is in both and names what is in one only.
template <typename Facts, typename Compare>
void compare_all(const std::vector<Facts>& expected, const std::vector<Facts>& found, const std::string& kind,
                 Compare compare, std::vector<std::string>& differences) {
    const auto there = by_name(found);
    for (const Facts& facts : expected) {
        const auto match = there.find(facts.qualified());
        if (match == there.end()) {
            differences.push_back(facts.qualified() + ": " + kind + " is missing");
        } else {
            compare(facts, *match->second, differences);
        }
    }
    const auto wanted = by_name(expected);
    for (const Facts& facts : found) {
        if (!wanted.contains(facts.qualified()))
            differences.push_back(facts.qualified() + ": " + kind + " was not expected");
    }
}

}  // namespace

std::vector<std::string> compare_contents(const ContentFacts& expected, const ContentFacts& found) {
    std::vector<std::string> differences;
    compare_all(expected.tables, found.tables, "table", compare_table, differences);
    compare_all(expected.sequences, found.sequences, "sequence", compare_sequence, differences);
    if (expected.large_objects != found.large_objects) {
        differences.push_back("large objects: " + found.large_objects + ", " + expected.large_objects +
                              " expected (sum/count)");
    }
    return differences;
}

}  // namespace lastgood
