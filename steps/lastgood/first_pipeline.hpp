#pragma once

#include "steps/lastgood/repository_facts.hpp"

#include <string>
#include <utility>
#include <vector>

namespace lastgood {

struct FirstPipeline {
    std::string text;                                            ///< YAML, each line with its reason
    std::vector<std::string> found;                              ///< what it stands on, a sentence each
    std::vector<std::pair<std::string, std::string>> variables;  ///< to set, and what each holds
};

/// A pipeline that fits what was found; there must be a migrator. What a repository cannot tell is ${NAME}.
FirstPipeline first_pipeline(const RepositoryFacts& facts);

}  // namespace lastgood
