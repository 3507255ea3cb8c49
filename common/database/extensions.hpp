#pragma once

#include <map>
#include <string>

namespace lastgood {

class Session;

/// The installed ones: version by name.
std::map<std::string, std::string> installed_extensions(Session& session);

}  // namespace lastgood
