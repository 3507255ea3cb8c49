#pragma once

#include <string>
#include <string_view>

namespace lastgood {

/// `text` with `words` ("--pipeline staging.yaml") behind every command of ours in it ("lastgood rollback", "lastgood
/// backups prune"), so that what is typed acts on the environment that said it. A command that has their first one
/// already stays as it is.
std::string with_words(std::string_view text, std::string_view words);

}  // namespace lastgood
