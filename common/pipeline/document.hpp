#pragma once

#include "pipeline/pipeline.hpp"

#include <string>

#include <yaml-cpp/yaml.h>

namespace lastgood {

/// The one YAML document of a pipeline file: a map. Throws Failure (2) for what is no YAML, is empty, holds several
/// documents, or has a format that this build does not know (looked at first: other keys mean nothing then).
YAML::Node read_document(const std::string& yaml, const std::string& file);

Place place_of(const YAML::Node& node, const std::string& file);
/// `otherwise` (a value's key, an entry's list) for a node that stands nowhere: one left empty or made by us.
Place place_of(const YAML::Node& node, const Place& otherwise);

/// "a list", "a map", "nothing", or the scalar between quotes.
std::string say_node(const YAML::Node& node);

}  // namespace lastgood
