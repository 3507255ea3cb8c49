#pragma once

#include <string>
#include <string_view>

namespace lastgood {

/// `text` with " --pipeline FILE" behind every command of ours in it ("lastgood rollback", "lastgood backups prune"),
/// so that what is typed acts on the environment that said it. The file is quoted for a shell where it needs that. A
/// command that names its pipeline already stays as it is.
std::string with_pipeline(std::string_view text, std::string_view file);

}  // namespace lastgood
