#pragma once

#include <string>
#include <utility>

namespace lastgood {

/// A value that must not reach a log, a record or an argv. It has no stream operator and no formatter, so printing one
/// does not compile; reveal() is the word to look for in a review.
class Secret {
  public:
    Secret() = default;
    explicit Secret(std::string value) : m_value(std::move(value)) {}

    const std::string& reveal() const { return m_value; }
    bool empty() const { return m_value.empty(); }

  private:
    std::string m_value;
};

}  // namespace lastgood
