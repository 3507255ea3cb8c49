#pragma once

#include "core/secret.hpp"
#include "outside/files.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lastgood {

class Environment;
class ObjectReader;
class ObjectWriter;
class Processes;
class Redaction;

/// The key of an object that is encrypted: who finds it there sees with what.
std::string encrypted_key(const std::string& name);

/// How restore points are kept from being read and from being changed: age for the objects, Ed25519 for the manifest.
class Protection {
  public:
    /// `recipients` none: objects are written as they are. `public_key` "": manifests are neither signed nor looked at.
    /// Identity and signing key come from the environment, LASTGOOD_AGE_IDENTITY[_FILE] and
    /// LASTGOOD_SIGNING_KEY[_FILE]; Failure (2) if such a file cannot be read.
    Protection(Processes& processes, const Environment& environment, Redaction& redaction,
               std::vector<std::string> recipients, std::string public_key);

    bool encrypts() const { return !m_recipients.empty(); }
    bool can_decrypt() const { return m_identities.has_value(); }
    std::unique_ptr<ObjectWriter> encrypting(std::unique_ptr<ObjectWriter> object) const;
    /// Failure (3) without an identity.
    std::unique_ptr<ObjectReader> decrypting(std::unique_ptr<ObjectReader> object) const;

    bool signs() const { return !m_public_key.empty(); }
    /// Failure (2) if what is to be signed cannot be, or not so that encrypt.public_key would accept it.
    void require_signing_key() const;
    std::string sign(std::string_view manifest) const;
    /// Why `signature` (none: there is none) does not vouch for the manifest; "" if it does, or if nothing is signed.
    std::string doubt(std::string_view manifest, const std::optional<std::string>& signature) const;

  private:
    Processes& m_processes;
    std::vector<std::string> m_recipients;
    std::string m_public_key;
    std::optional<Secret> m_signing_key;
    std::unique_ptr<TemporaryDirectory> m_identity_place;  ///< of one that came by value
    std::optional<std::filesystem::path> m_identities;
};

}  // namespace lastgood
