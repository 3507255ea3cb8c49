#include "outside/sha256.hpp"

#include "outside/descriptor.hpp"
#include "outside/files.hpp"
#include "outside/hex.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <memory>
#include <stdexcept>
#include <unistd.h>

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

std::string sha256_of_file(const std::filesystem::path& path) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) throw FileError("cannot read " + path.string(), errno);
    Sha256 digest;
    std::string buffer(1 << 18, '\0');
    for (;;) {
        const ssize_t got = ::read(file.number(), buffer.data(), buffer.size());
        if (got == 0) return digest.hex();
        if (got > 0) digest.add({buffer.data(), static_cast<std::size_t>(got)});
        if (got < 0 && errno != EINTR) throw FileError("cannot read " + path.string(), errno);
    }
}

}  // namespace lastgood
