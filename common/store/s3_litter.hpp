#pragma once

#include "outside/clock.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace lastgood {

class S3Client;

/// Aborts the uploads below the store's prefix that began before `before`, and removes probe keys as old. Returns how
/// many. StoreError.
int remove_s3_litter(const S3Client& client, Time before);

/// An upload that was begun and has not ended.
struct S3Unfinished {
    std::string key;  ///< whole
    std::string upload_id;
    Time begun;
};

/// One answer to ListMultipartUploads.
struct S3Uploads {
    std::vector<S3Unfinished> uploads;
    std::string next_key;  ///< where the next page begins, with the next id; "" if this is the last one
    std::string next_upload_id;
};

/// XmlError if it is no such answer.
S3Uploads read_uploads(std::string_view document);

}  // namespace lastgood
