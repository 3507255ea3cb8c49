#pragma once

#include "database/connection_url.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace lastgood {

class Interruption;

/// How tables are to be read.
struct ReadingOrder {
    ConnectionUrl url;
    std::string application_name;
    int jobs = 1;  ///< connections
    Interruption& interruption;
    /// What is still being read then is cancelled: DatabaseError 57014.
    std::optional<std::chrono::steady_clock::time_point> deadline = {};
};

}  // namespace lastgood
