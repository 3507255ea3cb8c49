#pragma once

#include "outside/descriptor.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace lastgood {

/// What exec needs, ready made: between fork and exec nothing may be allocated.
struct ChildPlan {
    std::string path;  ///< the program, found
    std::vector<std::string> argv;
    std::map<std::string, std::string> environment;
    std::string directory;
    bool with_input = false;  ///< else /dev/null
    std::optional<std::uint16_t> isolated_with_port;
};

/// A child that runs its program (exec has succeeded), in a process group of its own whose id is `pid`.
struct Child {
    pid_t pid = -1;
    Descriptor handle;    ///< readable when it has ended; none on systems without pidfd_open
    Descriptor input;     ///< non-blocking, none without input
    Descriptor out;       ///< non-blocking
    Descriptor err;       ///< non-blocking
    Descriptor listener;  ///< behind the port of an isolated one
};

/// The child gets the default signal mask and dispositions, no descriptor but 0, 1 and 2, and dies with the calling
/// thread. Throws std::system_error if there is no process to be had, Failure (2) if the program or the directory is
/// unusable, Failure (3) if it cannot be isolated.
Child start_child(const ChildPlan& plan);

/// Why no child can be isolated here, found out by trying; "" if one can.
std::string try_isolation();

}  // namespace lastgood
