#include "record/protection.hpp"

#include "core/failure.hpp"
#include "outside/ed25519.hpp"
#include "outside/environment.hpp"
#include "outside/redaction.hpp"
#include "record/age.hpp"
#include "store/store.hpp"

namespace lastgood {

namespace {

constexpr const char* k_identity = "LASTGOOD_AGE_IDENTITY";
constexpr const char* k_signing_key = "LASTGOOD_SIGNING_KEY";

/// CI hosts set what is not configured to "".
std::optional<std::string> set(const Environment& environment, const std::string& name) {
    auto value = environment.get(name);
    return value && !value->empty() ? value : std::nullopt;
}

std::string read_secret(const std::string& variable, const std::string& path) {
    try {
        return read_file(path);
    } catch (const FileError& error) {
        throw Failure(ExitCode::usage, variable + " names a file that cannot be read: " + error.what(), "nothing",
                      "let this user read it, or unset " + variable);
    }
}

Failure no_signing_key(const std::string& why) {
    return {ExitCode::usage, "the pipeline wants signed restore points, but " + why, "nothing",
            std::string("put the private key to encrypt.public_key (PEM, openssl genpkey -algorithm ed25519) into ") +
                k_signing_key + " or a file that " + k_signing_key + "_FILE names"};
}

}  // namespace

std::string encrypted_key(const std::string& name) {
    return name + ".age";
}

Protection::Protection(Processes& processes, const Environment& environment, Redaction& redaction,
                       std::vector<std::string> recipients, std::string public_key)
    : m_processes(processes), m_recipients(std::move(recipients)), m_public_key(std::move(public_key)) {
    if (const auto key = set(environment, k_signing_key)) {
        m_signing_key = Secret(*key);
    } else if (const auto file = set(environment, std::string(k_signing_key) + "_FILE")) {
        m_signing_key = Secret(read_secret(std::string(k_signing_key) + "_FILE", *file));
    }
    if (m_signing_key) redaction.add(m_signing_key->reveal());
    if (const auto identity = set(environment, k_identity)) {
        redaction.add(*identity);
        m_identity_place = std::make_unique<TemporaryDirectory>("lastgood-identity");
        m_identities = m_identity_place->path() / "identities";
        replace_file(*m_identities, *identity + "\n");
    } else if (const auto file = set(environment, std::string(k_identity) + "_FILE")) {
        read_secret(std::string(k_identity) + "_FILE", *file);
        m_identities = std::filesystem::absolute(*file);
    }
}

std::unique_ptr<ObjectWriter> Protection::encrypting(std::unique_ptr<ObjectWriter> object) const {
    return encrypt(m_processes, m_recipients, std::move(object));
}

std::unique_ptr<ObjectReader> Protection::decrypting(std::unique_ptr<ObjectReader> object) const {
    if (!m_identities)
        throw Failure(ExitCode::refused, "the restore point is encrypted, and there is no identity to decrypt it",
                      "nothing",
                      std::string("set ") + k_identity + "_FILE to the file of an age identity, then run this again");
    return decrypt(m_processes, *m_identities, std::move(object));
}

void Protection::require_signing_key() const {
    if (!signs()) return;
    if (!m_signing_key) throw no_signing_key(std::string(k_signing_key) + " is not set");
    try {
        if (public_key_of(*m_signing_key) != m_public_key)
            throw no_signing_key(std::string(k_signing_key) + " is not the private key to encrypt.public_key");
    } catch (const KeyError& error) {
        throw no_signing_key(error.what());
    }
}

std::string Protection::sign(std::string_view manifest) const {
    require_signing_key();
    return sign_ed25519(*m_signing_key, manifest);
}

std::string Protection::doubt(std::string_view manifest, const std::optional<std::string>& signature) const {
    if (!signs()) return "";
    if (!signature) return "it is not signed";
    try {
        return is_signed_ed25519(m_public_key, manifest, *signature)
                   ? ""
                   : "its signature is not one by the key in encrypt.public_key";
    } catch (const KeyError& error) {
        throw Failure(ExitCode::usage, std::string("encrypt.public_key: ") + error.what(), "nothing",
                      "put there the line between BEGIN and END of openssl pkey -pubout");
    }
}

}  // namespace lastgood
