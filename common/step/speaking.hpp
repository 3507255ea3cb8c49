#pragma once

#include <string>

namespace lastgood {

class Failure;
class Host;
class World;

// How a program speaks to who started it: what is masked, folded, annotated and handed on.

/// From now on secrets are masked, warnings annotated, and colours shown, as `host` does it. A program that the driver
/// started opens its section of the log.
void speak_to(Host& host, World& world);
/// Closes that section: what comes now is to be seen.
void end_section(World& world);
/// An annotation for `failure`, which the log has already.
void annotate(World& world, const Failure& failure);
/// Outputs and summary of the run that the program, which ends with `status`, worked for. What cannot be written is
/// said, and changes nothing.
void hand_on(World& world, int status);

}  // namespace lastgood
