#include "store/s3_mark.hpp"

#include <array>
#include <cstdio>
#include <random>

namespace lastgood {

namespace {

constexpr const char* k_header = "x-amz-meta-lastgood-writer";

}  // namespace

std::string unique_name() {
    std::random_device random;
    std::array<char, 33> text{};
    std::snprintf(text.data(), text.size(), "%08x%08x%08x%08x", random(), random(), random(), random());
    return text.data();
}

S3Mark::S3Mark() : m_value(unique_name()) {}

std::pair<std::string, std::string> S3Mark::header() const {
    return {k_header, m_value};
}

bool S3Mark::is_on(const S3Client& client, const std::string& key) const {
    S3Request request;
    request.method = "HEAD";
    request.key = key;
    request.expected = {404};
    const HttpAnswer answer = client.send(request);
    return answer.status == 200 && answer.header(k_header) == m_value;
}

}  // namespace lastgood
