#pragma once

#include "store/s3_client.hpp"

#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace lastgood {

/// Objects with this prefix are the store's own: written and removed to find out what the service can.
constexpr std::string_view k_s3_probe = ".lastgood-probe-";

/// Creates keys that must not exist yet, by "If-None-Match: *", which AWS, Ceph, MinIO and others honour: of two
/// writers one gets true. Which the service does is found out with a key of our own before the first creation. Of a
/// service that ignores the header no more can be had than to look before and after: two writers can then both get true
/// where one began after the other had looked and before it had written, and the later bytes stay.
class S3Creation {
  public:
    explicit S3Creation(const S3Client& client) : m_client(client) {}

    bool create(const std::string& key, std::string_view bytes);
    /// Does the service honour the header?
    bool is_exclusive();

  private:
    bool probe() const;

    const S3Client& m_client;
    std::mutex m_mutex;
    std::optional<bool> m_exclusive;
};

}  // namespace lastgood
