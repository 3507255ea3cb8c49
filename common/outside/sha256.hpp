#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <openssl/types.h>

namespace lastgood {

/// SHA-256 of octets that come piece by piece; outside/files.hpp has it of texts and files.
class Sha256 {
  public:
    Sha256();
    void add(std::string_view bytes);
    /// In lower-case hex. Once, after everything was added.
    std::string hex();

  private:
    struct Free {
        void operator()(EVP_MD_CTX* context) const;
    };
    std::unique_ptr<EVP_MD_CTX, Free> m_context;
};

/// HMAC-SHA-256 (RFC 2104), in lower-case hex.
std::string hmac_sha256(std::string_view key, std::string_view text);

}  // namespace lastgood
