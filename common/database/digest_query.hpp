#pragma once

#include <string>

namespace lastgood {

class Session;

/// SET LOCAL statements for a transaction that computes digests: what content digest format 1 pins, and what must not
/// disturb (other people's timeouts, row-level security that hides rows, JIT compilation that costs more than it
/// brings).
std::string digest_settings(const Session& session);

/// The same for those who read at an exported snapshot whose owner holds the tables: behind somebody who waits to
/// change a table they would wait for ever, because he waits for the owner. They give up after 5 s.
std::string reader_settings(const Session& session);

/// The SQL that yields count and sum over the large objects: oid and MD5 of each, as a row of format 1.
std::string large_objects_query();

}  // namespace lastgood
