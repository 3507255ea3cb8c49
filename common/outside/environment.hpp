#pragma once

#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace lastgood {

/// The environment as it was when the program began. Nothing else calls getenv, and nothing calls setenv.
class Environment {
  public:
    /// That of this process.
    static Environment of_process();
    explicit Environment(std::map<std::string, std::string> variables) : m_variables(std::move(variables)) {}

    std::optional<std::string> get(const std::string& name) const;  ///< "" counts as set
    /// The first of these that is set and not empty, "" if none is: where a variable's absence and "" mean the same.
    std::string first_of(std::initializer_list<const char*> names) const;
    const std::map<std::string, std::string>& all() const { return m_variables; }

  private:
    std::map<std::string, std::string> m_variables;
};

}  // namespace lastgood
