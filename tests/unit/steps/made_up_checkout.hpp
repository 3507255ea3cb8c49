#pragma once

#include "steps/lastgood/checkout.hpp"

#include <map>
#include <string>

namespace lastgood::test {

/// A checkout whose tracked files are these, with what they hold, and what lies beside them untracked.
inline Checkout checkout_of(std::map<std::string, std::string> tracked,
                            std::map<std::string, std::string> untracked = {}) {
    Checkout checkout;
    checkout.directory = "shop";
    for (const auto& [path, text] : tracked) checkout.files.push_back(path);
    tracked.merge(untracked);
    checkout.read = [texts = std::move(tracked)](const std::string& path) {
        const auto found = texts.find(path);
        return found == texts.end() ? std::string() : found->second;
    };
    checkout.branch = "main";
    return checkout;
}

}  // namespace lastgood::test
