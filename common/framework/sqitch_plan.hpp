#pragma once

#include <map>
#include <string>
#include <vector>

namespace lastgood {

/// A change of sqitch.plan.
struct SqitchChange {
    std::string id;
    /// As sqitch's users call it, and its scripts are: "orders", or "orders@v1.0" where it was reworked after that tag.
    std::string name;
};

struct SqitchPlan {
    std::string project;
    std::vector<SqitchChange> changes;
};

/// How `sqitch plan` is asked for what parse_sqitch_plan() reads.
constexpr const char* k_sqitch_plan_format = "format:%h %n %t";
SqitchPlan parse_sqitch_plan(const std::string& printed);

/// `sqitch config --list`, of the engine pg: what is not set there has sqitch's own fallback.
class SqitchConfig {
  public:
    explicit SqitchConfig(const std::string& listed);
    std::string registry() const;
    std::string psql() const;
    /// "deploy/orders.sql", below the project's directory. `kind`: deploy or revert.
    std::string file(const std::string& kind, const std::string& change) const;

  private:
    std::string value(const std::string& key, const std::string& fallback) const;
    std::map<std::string, std::string> m_values;
};

}  // namespace lastgood
