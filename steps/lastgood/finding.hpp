#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace lastgood {

class Framework;
class World;

enum class Weight { fine, note, trouble };

/// One line of what check says: what was looked at and what it means.
struct Finding {
    Weight weight;
    std::string about;
    std::string sentence;
    std::string next;
};

/// Says them. 0, or Failure (3) if one of them is trouble.
int report(World& world, std::vector<Finding> findings);

/// Models that no migration describes.
std::optional<Finding> undescribed_models(Framework& framework);

/// Files of the tree that hold what looks like credentials: names and kinds, never what they hold.
std::vector<Finding> secrets_in(const std::filesystem::path& tree);

}  // namespace lastgood
