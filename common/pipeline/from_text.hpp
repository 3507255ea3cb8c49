#pragma once

#include "pipeline/pipeline.hpp"

#include <string>

namespace lastgood {

/// Reads a pipeline out of `yaml`; `file` is its name for messages, and its directory is where relative ${file:...}
/// begin.
Pipeline read_pipeline_text(const std::string& yaml, const std::string& file, const Environment& environment,
                            Redaction& redaction);

}  // namespace lastgood
