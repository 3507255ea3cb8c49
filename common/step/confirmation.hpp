#pragma once

#include <string>

namespace lastgood {

struct Pipeline;
class Interruption;

/// Was the environment named for what throws data away? By --confirm (`given`), else by a person who is asked for it
/// where standard input and standard error are a terminal. `what`: "prune throws data away". A signal throws
/// Interrupted.
bool is_confirmed(const std::string& given, const std::string& what, const Pipeline& pipeline,
                  const Interruption& interruption);

}  // namespace lastgood
