#pragma once

#include "outside/clock.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace lastgood {

class S3Client;

struct S3Object {
    std::string key;  ///< below the store's prefix
    Time changed;
};

/// Every object below `prefix`, in no order; of any name, the store's own and foreign ones too. StoreError.
std::vector<S3Object> list_objects(const S3Client& client, const std::string& prefix);
/// The parts below `prefix` with something below them.
std::vector<std::string> list_directories(const S3Client& client, const std::string& prefix);

/// One answer to ListObjectsV2.
struct S3Page {
    std::vector<S3Object> objects;      ///< with the whole keys
    std::vector<std::string> prefixes;  ///< whole, with the '/' at the end
    std::string next;                   ///< the token for the next page; "" if this is the last one
};

/// XmlError if it is no such answer, or one that ends without saying where it goes on.
S3Page read_page(std::string_view document);

}  // namespace lastgood
