#pragma once

#include <string>

namespace lastgood {

class Environment;

/// What a person types to fetch a key of a bucket ("s3://..." in the pipeline) into a file, or, where it ends in '/',
/// everything below it into a directory. `to` is a piece of shell.
std::string fetching_command(const std::string& store, const std::string& key, const std::string& to,
                             const Environment& environment);

}  // namespace lastgood
