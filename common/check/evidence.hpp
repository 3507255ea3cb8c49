#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace lastgood {

/// What a verdict stands on: keys and counts. Data of the database is in it only where the pipeline says
/// `evidence: rows`.
struct Evidence {
    std::string asked = {};     ///< the query, the URL without its secrets, the program; "": the check's name says it
    std::string expected = {};  ///< "" where there is nothing to say
    std::string found = {};
    std::vector<std::string> differences = {};  ///< the first of them, a line each
};

/// What differs, as it is found: all of it is counted, the first few are kept.
class Differences {
  public:
    void add(std::string sentence);
    bool none() const { return m_count == 0; }
    std::size_t count() const { return m_count; }
    const std::vector<std::string>& first() const { return m_first; }
    /// "public.orders: app lost SELECT (and 3 more)".
    std::string say() const;

  private:
    std::size_t m_count = 0;
    std::vector<std::string> m_first;
};

/// A value of the database in a message. A number, a boolean or a UUID is shown, of anything else its length, unless
/// data may be shown (`whole`).
std::string shown(const std::optional<std::string>& value, bool whole);

}  // namespace lastgood
