#pragma once

#include "store/store.hpp"

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace lastgood {

/// It is no zstd, cut off, or its checksum differs.
class ZstdError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// Writes one zstd frame with a checksum (RFC 8878) into an object; memory is bounded by the level, not by the object.
class ZstdWriter {
  public:
    /// `level` 1 to 9; 0 compresses as little as zstd can.
    ZstdWriter(std::unique_ptr<ObjectWriter> object, int level);
    ~ZstdWriter();
    ZstdWriter(const ZstdWriter&) = delete;
    ZstdWriter& operator=(const ZstdWriter&) = delete;

    void write(std::string_view bytes);
    void finish();
    std::uint64_t written() const { return m_written; }  ///< octets, uncompressed

  private:
    void compress(std::string_view bytes, bool end);

    struct State;
    std::unique_ptr<State> m_state;
    std::string m_pending;
    std::uint64_t m_written = 0;
};

/// Reads what ZstdWriter (or any zstd) wrote. ZstdError.
class ZstdReader {
  public:
    explicit ZstdReader(std::unique_ptr<ObjectReader> object);
    ~ZstdReader();
    ZstdReader(const ZstdReader&) = delete;
    ZstdReader& operator=(const ZstdReader&) = delete;

    /// The next octets, at most `most` of them; "" at the end. The view holds until the next call.
    std::string_view read(std::uint64_t most);

  private:
    struct State;
    std::unique_ptr<State> m_state;
};

}  // namespace lastgood
