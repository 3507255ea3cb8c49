#pragma once

#include "core/secret.hpp"

#include <stdexcept>
#include <string>
#include <string_view>

namespace lastgood {

/// A key that is none, or not one for Ed25519.
class KeyError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// Signatures by Ed25519 (RFC 8032), over all of a text. Keys are as `openssl genpkey -algorithm ed25519` and
/// `openssl pkey -pubout` write them; a signature is 64 octets, as `openssl pkeyutl -verify -rawin` reads them.

/// The signature of `text`. `private_key` is PEM. KeyError.
std::string sign_ed25519(const Secret& private_key, std::string_view text);
/// Whether `signature` is one of `text` by the owner of `public_key`, which is the line between BEGIN and END of its
/// PEM (base64 of a SubjectPublicKeyInfo, RFC 8410). KeyError if that is no key.
bool is_signed_ed25519(const std::string& public_key, std::string_view text, std::string_view signature);
/// The public key that belongs to a private one, in the same form. KeyError.
std::string public_key_of(const Secret& private_key);

}  // namespace lastgood
