#pragma once

#include "core/facts.hpp"

#include <string>

namespace lastgood {

/// The object that holds the key, encrypted like the others; only encrypted restore points have one.
constexpr const char* k_digest_key_object = "digest.key";

/// 64 random hex digits.
std::string new_digest_key();

/// Replaces each digest of contents by its HMAC-SHA-256: equal for equal contents, and without the key nobody can try
/// out what a table may hold.
void key_digests(ContentFacts& contents, const std::string& key);

}  // namespace lastgood
