#pragma once

#include <string>

namespace lastgood {

class Session;

/// A script of setval() for every sequence that a dump carries, as they stand now: sequences are in no snapshot, so a
/// value may be ahead of it and never behind. "" without sequences. Sequences that the role may not read are left out
/// (the contents name them as not compared).
std::string sequence_values(Session& session);

}  // namespace lastgood
