#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace lastgood {

class Interruption;
class Session;

/// Asks the server what became of a transaction whose commit was under way when the connection went: true committed,
/// false not; none if the server does not say within `patience`. `open` gives a fresh session, or throws.
std::optional<bool> was_committed(const std::string& transaction, const std::function<std::unique_ptr<Session>()>& open,
                                  std::chrono::milliseconds patience, const Interruption& interruption);

}  // namespace lastgood
