#pragma once

#include "outside/stream.hpp"

namespace lastgood {

/// A connection under TLS that somebody else has made and will take down: libpq hands its own out as a pointer to
/// OpenSSL's SSL (PQsslStruct), which is known here only.
class TlsStream : public Stream {
  public:
    /// `ssl`: an SSL* over the socket `number`, which does not block.
    TlsStream(void* ssl, int number) : Stream(number), m_ssl(ssl) {}
    std::size_t read(char* buffer, std::size_t size) override;
    std::size_t write(std::string_view bytes) override;
    short read_waits_for() const override { return m_read_waits_for; }
    short write_waits_for() const override { return m_write_waits_for; }
    bool holds_back() const override;

  private:
    void* m_ssl;
    short m_read_waits_for = POLLIN;
    short m_write_waits_for = POLLOUT;
};

}  // namespace lastgood
