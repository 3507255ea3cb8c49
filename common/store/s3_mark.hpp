#pragma once

#include "store/s3_client.hpp"

#include <string>
#include <utility>

namespace lastgood {

/// Written with an object, to know it again: when an answer was lost and the request sent once more, the second answer
/// speaks of what the first did ("it exists already", "there is no such upload"), and only this tells whether it was
/// ours. Bytes would not: another writer may have written the same.
class S3Mark {
  public:
    S3Mark();

    std::pair<std::string, std::string> header() const;
    /// Does the object of that name bear this mark?
    bool is_on(const S3Client& client, const std::string& key) const;

  private:
    std::string m_value;
};

/// 32 hex digits that nobody else has.
std::string unique_name();

}  // namespace lastgood
