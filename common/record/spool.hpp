#pragma once

#include "record/event.hpp"

#include <filesystem>
#include <vector>

namespace lastgood {

/// Events that wait on this machine until the store may be asked again, in the form that they will have there:
/// <directory>/000007.json, durable when add() returns. A killed program's are found by the next one. StoreError.
class Spool {
  public:
    explicit Spool(std::filesystem::path directory);
    /// Oldest first.
    std::vector<Event> events() const;
    void add(const Event& event);
    void remove(int number);
    /// Keeps it for a person, under a name that events() does not read: the record went on without it.
    void set_aside(int number);

  private:
    std::filesystem::path path_of(int number) const;
    std::filesystem::path m_directory;
};

}  // namespace lastgood
