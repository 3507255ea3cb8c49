#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace lastgood {

class RestorePoints;
class Store;

/// How long the parts of earlier returns took in an environment, newest first: what the record of its last runs says.
struct MeasuredReturns {
    std::vector<std::chrono::milliseconds> swaps;     ///< in which the database took no connections
    std::vector<std::chrono::milliseconds> repoints;  ///< of an application, by its platform
    std::vector<double> rows_per_second;              ///< restored and compared
};

MeasuredReturns measured_returns(Store& store, const std::string& scope, const RestorePoints& points);

/// The median; none of nothing.
std::optional<std::chrono::milliseconds> median_of(std::vector<std::chrono::milliseconds> times);
std::optional<double> median_of(std::vector<double> rates);

}  // namespace lastgood
