#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lastgood {

class Session;

/// Sequences, by qualified name, that are in both databases and that we may not read in `live` or not move in
/// `standby`.
std::vector<std::string> sequences_out_of_reach(Session& live, Session& standby);

/// Moves every sequence of `standby` that `live` has too beyond the further of both by `margin` steps, so that no
/// number that was issued is issued again. Where the margin would pass the sequence's limit it is left out: a sequence
/// that had numbers left keeps them. Returns how many were moved.
int move_sequences_beyond(Session& live, Session& standby, std::uint64_t margin);

/// The last number that each sequence has issued, by schema and name; none: never used.
using IssuedNumbers = std::map<std::pair<std::string, std::string>, std::optional<std::int64_t>>;
IssuedNumbers issued_numbers(Session& session);
/// The same for a database that is gone: `issued` was read in it.
int move_sequences_beyond(const IssuedNumbers& issued, Session& standby, std::uint64_t margin);

}  // namespace lastgood
