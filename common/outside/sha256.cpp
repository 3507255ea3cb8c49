#include "outside/sha256.hpp"

#include "outside/files.hpp"
#include "outside/hex.hpp"

#include <array>
#include <stdexcept>

#include <openssl/evp.h>

namespace lastgood {

namespace {

void require(bool done) {
    if (!done) throw std::runtime_error("OpenSSL cannot compute SHA-256");
}

}  // namespace

void Sha256::Free::operator()(EVP_MD_CTX* context) const {
    EVP_MD_CTX_free(context);
}

Sha256::Sha256() : m_context(EVP_MD_CTX_new()) {
    require(m_context != nullptr && EVP_DigestInit_ex(m_context.get(), EVP_sha256(), nullptr) == 1);
}

void Sha256::add(std::string_view bytes) {
    require(EVP_DigestUpdate(m_context.get(), bytes.data(), bytes.size()) == 1);
}

std::string Sha256::hex() {
    std::array<unsigned char, 32> digest{};
    require(EVP_DigestFinal_ex(m_context.get(), digest.data(), nullptr) == 1);
    return hex_of(digest);
}

std::string hmac_sha256(std::string_view key, std::string_view text) {
    std::array<unsigned char, 32> digest{};
    std::size_t size = 0;
    require(EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA256", nullptr, key.data(), key.size(),
                      reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), digest.size(),
                      &size) != nullptr &&
            size == digest.size());
    return hex_of(digest);
}

std::string sha256(std::string_view bytes) {
    Sha256 digest;
    digest.add(bytes);
    return digest.hex();
}

}  // namespace lastgood
