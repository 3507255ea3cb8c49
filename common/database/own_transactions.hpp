#pragma once

#include <optional>
#include <string>

namespace lastgood {

class Session;

/// The transaction that the backend `pid` is in, with its subtransactions so far: "first:next", both with 64 bits, next
/// being behind the last of them (losses.hpp). None if it has no id yet: nothing was written. `observer` is another
/// session, in no transaction.
std::optional<std::string> own_transactions_of(Session& observer, int pid);

}  // namespace lastgood
