#include "s3_place.hpp"

#include "support/radosgw.hpp"

#include <atomic>
#include <random>

namespace lastgood {

namespace {

constexpr const char* k_bucket = "lastgood-test";

std::map<std::string, std::string> keys_of_radosgw() {
    const auto& gateway = test::Radosgw::shared();
    return {{"AWS_ACCESS_KEY_ID", gateway.key_id()}, {"AWS_SECRET_ACCESS_KEY", gateway.key()}};
}

void make_bucket_once() {
    static const bool made = [] {
        test::Radosgw::shared().make_bucket(k_bucket);
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
