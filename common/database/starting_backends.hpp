#pragma once

#include <chrono>
#include <string>

namespace lastgood {

class Session;

/// A backend that was let in just before a fence went up shows in pg_stat_activity only when it has started; its lock
/// on the database is there earlier. Waits until nobody but us holds one. False if `patience` is over.
bool wait_for_starting_backends(Session& session, const std::string& database, std::chrono::milliseconds patience);

}  // namespace lastgood
