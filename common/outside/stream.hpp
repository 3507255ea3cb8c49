#pragma once

#include <cstddef>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <string_view>

namespace lastgood {

/// The other side has closed the connection, or it broke.
class StreamEnded : public std::runtime_error {
  public:
    explicit StreamEnded(const std::string& what) : std::runtime_error(what) {}
};

/// Octets both ways over a connected socket, without ever waiting. The socket belongs to somebody else, who keeps it
/// open.
class Stream {
  public:
    explicit Stream(int number) : m_number(number) {}
    virtual ~Stream() = default;
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    /// What has come, at most `size` octets; 0 if nothing has. Throws StreamEnded.
    virtual std::size_t read(char* buffer, std::size_t size) = 0;
    /// How many of them could be sent. Throws StreamEnded.
    virtual std::size_t write(std::string_view bytes) = 0;

    /// What poll() must say of the socket before a read(), or a write(), that came to nothing is tried again.
    virtual short read_waits_for() const { return POLLIN; }
    virtual short write_waits_for() const { return POLLOUT; }
    /// read() has something to give though the socket is silent.
    virtual bool holds_back() const { return false; }

    int number() const { return m_number; }
    /// The other side will read to the end and then find it.
    void end_writing() const;

  private:
    int m_number;
};

/// A socket as it is; it must not block.
class SocketStream : public Stream {
  public:
    using Stream::Stream;
    std::size_t read(char* buffer, std::size_t size) override;
    std::size_t write(std::string_view bytes) override;
};

}  // namespace lastgood
