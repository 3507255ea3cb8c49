#include "outside/tls_stream.hpp"

#include <cerrno>
#include <string>
#include <system_error>

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace lastgood {

namespace {

SSL* as_ssl(void* pointer) {
    return static_cast<SSL*>(pointer);
}

/// What a call that came to nothing waits for.
short what_for(void* ssl, int result) {
    const int system_error = errno;
    switch (SSL_get_error(as_ssl(ssl), result)) {
        case SSL_ERROR_WANT_READ:
            return POLLIN;
        case SSL_ERROR_WANT_WRITE:
            return POLLOUT;
        case SSL_ERROR_ZERO_RETURN:
            throw StreamEnded("closed by the other side");
        case SSL_ERROR_SYSCALL:
            throw StreamEnded(system_error == 0 ? "closed by the other side"
                                                : std::system_category().message(system_error));
        default: {
            const char* reason = ERR_reason_error_string(ERR_get_error());
            throw StreamEnded(std::string("TLS: ") + (reason == nullptr ? "an error without words" : reason));
        }
    }
}

}  // namespace

std::size_t TlsStream::read(char* buffer, std::size_t size) {
    std::size_t got = 0;
    ERR_clear_error();
    errno = 0;
    const int result = SSL_read_ex(as_ssl(m_ssl), buffer, size, &got);
    m_read_waits_for = result == 1 ? static_cast<short>(POLLIN) : what_for(m_ssl, result);
    return got;
}

std::size_t TlsStream::write(std::string_view bytes) {
    if (bytes.empty()) return 0;
    std::size_t sent = 0;
    ERR_clear_error();
    errno = 0;
    const int result = SSL_write_ex(as_ssl(m_ssl), bytes.data(), bytes.size(), &sent);
    m_write_waits_for = result == 1 ? static_cast<short>(POLLOUT) : what_for(m_ssl, result);
    return sent;
}

bool TlsStream::holds_back() const {
    return SSL_has_pending(as_ssl(m_ssl)) == 1;
}

}  // namespace lastgood
