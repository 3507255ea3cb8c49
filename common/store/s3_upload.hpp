#pragma once

#include "store/in_flight.hpp"
#include "store/s3_client.hpp"
#include "store/s3_mark.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace lastgood {

/// The size of a part of an upload, from 1 to 10,000: 8 MiB for the first thousand (some services want equal parts),
/// then 144 KiB more from each to the next, so that ten thousand, which is all that S3 allows, hold 5 TiB.
std::uint64_t s3_part_size(int number);

/// Writes one object: at once if it fits into one part, else as a multipart upload, of which one part is sent while the
/// next one fills. Holds two parts in memory.
class S3Upload : public ObjectWriter {
  public:
    S3Upload(const S3Client& client, std::string key);
    /// Aborts what was not finished, within a bounded time; remove_litter() removes what could not be aborted.
    ~S3Upload() override;
    S3Upload(const S3Upload&) = delete;
    S3Upload& operator=(const S3Upload&) = delete;

    void write(std::string_view bytes) override;
    void finish() override;

  private:
    S3Request request(const std::string& method) const;
    void put_whole();
    void begin_upload();
    void send_part();
    void take_part();
    void complete();
    void abort() const;

    const S3Client& m_client;
    std::string m_key;
    S3Mark m_mark;
    std::string m_upload_id;
    std::string m_filling;
    std::string m_sending;
    std::vector<std::string> m_etags;
    bool m_finished = false;
    InFlight<std::string> m_part;  ///< gives the ETag of what is sent; last, so that it ends first
};

}  // namespace lastgood
