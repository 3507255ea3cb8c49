#pragma once

#include "store/in_flight.hpp"
#include "store/s3_client.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <string>

namespace lastgood {

/// Reads one object by ranges of 8 MiB, each tried again by itself, of which the next one comes while its owner uses
/// the last. An object that is replaced meanwhile is a StoreError, never a mixture.
class S3Download : public ObjectReader {
  public:
    /// Asks for the first range: StoreError if there is no such object.
    S3Download(const S3Client& client, std::string key);

    std::string_view read() override;

  private:
    HttpAnswer range(std::uint64_t offset, const std::stop_token& stop) const;
    void ask_for_next();

    const S3Client& m_client;
    std::string m_key;
    std::string m_etag;
    std::string m_shown;
    bool m_first = true;
    std::uint64_t m_offset = 0;  ///< of what comes next
    std::uint64_t m_size = 0;
    InFlight<std::string> m_next;  ///< last, so that it ends first
};

}  // namespace lastgood
