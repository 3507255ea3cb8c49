#pragma once

#include "framework/framework.hpp"

#include <map>
#include <string>
#include <vector>

namespace lastgood {

class Databases;

/// A clone beside the original shares roles, settings and the original's own properties with it, and nobody takes back
/// what a rehearsal does to them.
class SharedGuard {
  public:
    /// Remembers what they are.
    explicit SharedGuard(const Databases& databases);

    /// Failure (3) for the first statement that changes such a thing, as far as the texts tell.
    static void refuse(const std::vector<Described>& pending);
    /// Failure (5) with everything that is not as it was.
    void require_unchanged() const;

  private:
    std::map<std::string, std::string> look() const;

    const Databases& m_databases;
    std::map<std::string, std::string> m_before;
};

}  // namespace lastgood
