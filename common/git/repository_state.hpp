#pragma once

#include "git/libgit.hpp"
#include "git/repository.hpp"

namespace lastgood {

struct Repository::State {
    RepositoryHandle handle;

    /// The `next` of a failure to find something: a shallow clone has a reason of its own.
    std::string say_how_to_get(const std::string& otherwise) const;
};

}  // namespace lastgood
