#include "s3_place.hpp"

#include "support/radosgw.hpp"

#include <atomic>
#include <cstdlib>
#include <random>
#include <stdexcept>

namespace lastgood {

namespace {

constexpr const char* k_bucket = "lastgood-test";

std::map<std::string, std::string> keys_of_radosgw() {
    const auto& gateway = test::Radosgw::shared();
    return {{"AWS_ACCESS_KEY_ID", gateway.key_id()}, {"AWS_SECRET_ACCESS_KEY", gateway.key()}};
}

void make_bucket_once() {
    static const bool made = [] {
        for (const char* name : {"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"}) ::unsetenv(name);
        const Interruption interruption;
        HttpRequest request;
        request.method = "PUT";
        request.url = test::Radosgw::shared().endpoint() + "/" + k_bucket;
        request.headers = {{"x-amz-content-sha256", sha256("")}};
        request.signer =
            AwsSigner{test::Radosgw::shared().key_id(), Secret(test::Radosgw::shared().key()), "us-east-1", "s3"};
        const HttpAnswer answer = HttpClient(interruption).send(request);
        if (answer.status != 200) throw std::runtime_error("no bucket: " + answer.trouble + answer.body);
        return true;
    }();
    (void)made;
}

std::string next_prefix() {
    static std::atomic<int> count{0};
    return "place-" + std::to_string(++count);
}

}  // namespace

std::string varied_bytes(std::size_t size, unsigned seed) {
    std::mt19937_64 generator(seed);
    std::string bytes;
    bytes.reserve(size + sizeof(std::uint64_t));
    while (bytes.size() < size) {
        const std::uint64_t number = generator();
        bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
    }
    bytes.resize(size);
    return bytes;
}

S3Place::S3Place() : S3Place(test::Radosgw::shared().endpoint()) {}

S3Place::S3Place(const std::string& endpoint) : S3Place(endpoint, keys_of_radosgw()) {
    make_bucket_once();
}

S3Place::S3Place(const std::string& endpoint, std::map<std::string, std::string> variables)
    : environment(std::move(variables)), m_endpoint(endpoint), m_prefix(next_prefix()) {}

std::string S3Place::address() const {
    return std::string("s3://") + k_bucket + "/" + m_prefix + "?endpoint=" + m_endpoint;
}

std::unique_ptr<Store> S3Place::open() {
    return open_store(address(), context());
}

std::unique_ptr<S3Client> S3Place::client() {
    return std::make_unique<S3Client>(read_s3_address(address(), environment), context());
}

}  // namespace lastgood
