#pragma once

#include "database/beside.hpp"

#include <string>

namespace lastgood {

class Session;

/// CREATE DATABASE `name` as a physical copy of `source`, a sealed database of ours on the same server, and then the
/// mark. The copy has no owner, grants or settings of its own (properties.hpp). Failure (4) with the server's words.
void create_clone(Session& session, const std::string& source, const std::string& name, const DatabaseMark& mark);

}  // namespace lastgood
