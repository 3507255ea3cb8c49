#pragma once

namespace lastgood {

class Session;

/// Drops, in one transaction, everything that people put into the database and that our role may drop: schemas with all
/// that is in them, and what is in `public`, which itself stays as it is. What extensions brought stays, and so do
/// the database's own properties. DatabaseError, and nothing is dropped.
void empty_database(Session& session);

}  // namespace lastgood
