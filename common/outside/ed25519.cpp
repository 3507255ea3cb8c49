#include "outside/ed25519.hpp"

#include <array>
#include <memory>
#include <vector>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace lastgood {

namespace {

constexpr std::size_t k_signature = 64;

struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    void operator()(BIO* bio) const { BIO_free(bio); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;
using Context = std::unique_ptr<EVP_MD_CTX, Free>;

const unsigned char* octets(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

Key require_ed25519(Key key, const std::string& what) {
    if (!key || EVP_PKEY_get_id(key.get()) != EVP_PKEY_ED25519) throw KeyError(what + " is no key for Ed25519");
    return key;
}

Key private_key_of(const Secret& pem) {
    const std::string& text = pem.reveal();
    const std::unique_ptr<BIO, Free> bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    // No callback: a key with a passphrase is refused, nobody is asked for one.
    const auto no_passphrase = [](char*, int, int, void*) { return 0; };
    return require_ed25519(Key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr)), "the signing key");
}

Key public_key_from(const std::string& base64) {
    std::vector<unsigned char> der(base64.size());
    const int size = EVP_DecodeBlock(der.data(), octets(base64), static_cast<int>(base64.size()));
    if (size <= 0) throw KeyError("the public key is no base64");
    const unsigned char* begin = der.data();
    return require_ed25519(Key(d2i_PUBKEY(nullptr, &begin, size)), "the public key");
}

}  // namespace

std::string sign_ed25519(const Secret& private_key, std::string_view text) {
    const Key key = private_key_of(private_key);
    const Context context(EVP_MD_CTX_new());
    std::array<unsigned char, k_signature> signature{};
    std::size_t size = signature.size();
    if (EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1 ||
        EVP_DigestSign(context.get(), signature.data(), &size, octets(text), text.size()) != 1)
        throw KeyError("OpenSSL cannot sign with the signing key");
    return {signature.begin(), signature.begin() + static_cast<std::ptrdiff_t>(size)};
}

bool is_signed_ed25519(const std::string& public_key, std::string_view text, std::string_view signature) {
    const Key key = public_key_from(public_key);
    const Context context(EVP_MD_CTX_new());
    return EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
           EVP_DigestVerify(context.get(), octets(signature), signature.size(), octets(text), text.size()) == 1;
}

std::string public_key_of(const Secret& private_key) {
    const Key key = private_key_of(private_key);
    unsigned char* der = nullptr;
    const int size = i2d_PUBKEY(key.get(), &der);
    if (size <= 0) throw KeyError("OpenSSL cannot tell the public key of the signing key");
    std::string base64(4 * ((static_cast<std::size_t>(size) + 2) / 3) + 1, '\0');
    base64.resize(
        static_cast<std::size_t>(EVP_EncodeBlock(reinterpret_cast<unsigned char*>(base64.data()), der, size)));
    OPENSSL_free(der);
    return base64;
}

}  // namespace lastgood
