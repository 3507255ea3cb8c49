#pragma once

#include <optional>
#include <sys/types.h>
#include <vector>

namespace lastgood {

/// What /proc says of a process.
struct ProcessState {
    bool ended = false;  ///< only its exit status is left, which nobody has fetched
    pid_t parent = 0;
    pid_t group = 0;
};

/// None if there is no such process.
std::optional<ProcessState> state_of(pid_t pid);

/// All processes that can be seen.
std::vector<pid_t> process_ids();

/// Whether a process of the group still works: kill(-group, 0) also finds those that have ended.
bool group_is_alive(pid_t group);

}  // namespace lastgood
