#pragma once

#include "framework/context.hpp"

namespace lastgood {

class Gate;

/// Whether programs can be kept off the network here. Where they cannot: false with a warning if that is `accepted`,
/// else Failure (3); `what` is the program, `key` what accepts it ("migrate.rehearse.unisolated").
bool keeps_off_the_network(Processes& processes, Console& console, bool accepted, const std::string& what,
                           const std::string& key);

/// `context` for a program that comes to its database through `gate`: what it is given leads there (the variable of the
/// pipeline's URL, PGHOST and its like) and holds no credentials of the server's. Isolated, it reaches nothing else.
FrameworkContext behind_gate(FrameworkContext context, Gate& gate, bool isolated);

}  // namespace lastgood
