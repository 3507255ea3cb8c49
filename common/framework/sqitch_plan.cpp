#include "framework/sqitch_plan.hpp"

#include <sstream>

namespace lastgood {

namespace {

constexpr const char* k_project = "# Project: ";
constexpr std::size_t k_id_length = 40;

struct PlannedChange {
    std::string id;
    std::string name;
    std::string tag;  ///< the first one, "@v1.0"
};

std::vector<PlannedChange> changes_in(const std::string& printed) {
    std::vector<PlannedChange> changes;
    std::istringstream lines(printed);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        PlannedChange change;
        words >> change.id >> change.name >> change.tag;
        if (change.id.size() != k_id_length) continue;
        if (!change.tag.empty() && change.tag.back() == ',') change.tag.pop_back();
        changes.push_back(change);
    }
    return changes;
}

/// The tag behind which the change at `index` was reworked; "" : it was not.
std::string reworked_after(const std::vector<PlannedChange>& changes, std::size_t index) {
    std::string tag;
    for (std::size_t i = index; i < changes.size(); ++i) {
        if (i > index && changes[i].name == changes[index].name) return tag;
        if (tag.empty()) tag = changes[i].tag;
    }
    return "";
}

}  // namespace

SqitchPlan parse_sqitch_plan(const std::string& printed) {
    SqitchPlan plan;
    if (const auto found = printed.find(k_project); found != std::string::npos) {
        const auto begin = found + std::string(k_project).size();
        plan.project = printed.substr(begin, printed.find('\n', begin) - begin);
    }
    const auto changes = changes_in(printed);
    for (std::size_t i = 0; i < changes.size(); ++i)
        plan.changes.push_back({changes[i].id, changes[i].name + reworked_after(changes, i)});
    return plan;
}

SqitchConfig::SqitchConfig(const std::string& listed) {
    std::istringstream lines(listed);
    for (std::string line; std::getline(lines, line);)
        if (const auto equals = line.find('='); equals != std::string::npos)
            m_values[line.substr(0, equals)] = line.substr(equals + 1);
}

std::string SqitchConfig::value(const std::string& key, const std::string& fallback) const {
    for (const char* section : {"engine.pg.", "core."})
        if (const auto found = m_values.find(section + key); found != m_values.end()) return found->second;
    return fallback;
}

std::string SqitchConfig::registry() const {
    return value("registry", "sqitch");
}

std::string SqitchConfig::psql() const {
    return value("client", "psql");
}

std::string SqitchConfig::file(const std::string& kind, const std::string& change) const {
    const std::string top = value("top_dir", ".");
    const std::string usual = value(kind + "_dir", (top == "." ? "" : top + "/") + kind);
    const bool reworked = change.find('@') != std::string::npos;
    const std::string directory = reworked ? value("reworked_" + kind + "_dir", usual) : usual;
    return directory + "/" + change + "." + value("extension", "sql");
}

}  // namespace lastgood
