#pragma once

#include <string>

namespace lastgood {

class Session;

/// Which versions of which rows the system catalogue consists of, as one word: while it is the same, so is what pg_dump
/// says of the schema, and a dump can be spared. A row's version is where it lies and who wrote it (ctid, xmin), which
/// no change of a schema leaves as it was; VACUUM, ANALYZE and freezing do. Another word says nothing: the schema may
/// be the same (a copy, a catalogue that was rewritten, temporary tables). Left out: statistics, large objects,
/// subscriptions and what only a superuser may read; of shared catalogues only the names of roles and tablespaces
/// count.
std::string catalogue_state(Session& session);

}  // namespace lastgood
