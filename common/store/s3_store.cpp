#include "store/s3_store.hpp"

#include "outside/parallel.hpp"
#include "store/key.hpp"
#include "store/s3_download.hpp"
#include "store/s3_listing.hpp"
#include "store/s3_litter.hpp"
#include "store/s3_upload.hpp"

#include <algorithm>

namespace lastgood {

namespace {

constexpr int k_removers = 8;
constexpr std::chrono::hours k_litter_age{24};

bool is_sealing(const std::string& key) {
    return key == k_sealing_key || key.ends_with("/" + std::string(k_sealing_key));
}

}  // namespace

S3Store::S3Store(S3Address address, const StoreContext& context)
    : m_client(std::move(address), context), m_creation(m_client) {}

std::string S3Store::address() const {
    return m_client.address().say();
}

std::optional<std::string> S3Store::get(const std::string& key) const {
    require_key(key);
    S3Request request;
    request.key = key;
    request.expected = {404};
    HttpAnswer answer = m_client.send(request);
    const auto error = read_s3_error(answer);
    if (!error) return std::move(answer.body);
    // A 404 without a name may be anybody's: to read it as "never written" would be to say that nothing ever ran.
    if (error->code != "NoSuchKey") throw m_client.trouble(request, *error);
    return std::nullopt;
}

bool S3Store::create(const std::string& key, std::string_view bytes) {
    require_key(key);
    return m_creation.create(key, bytes);
}

std::vector<std::string> S3Store::list(const std::string& prefix) const {
    require_prefix(prefix);
    std::vector<std::string> keys;
    for (const S3Object& object : list_objects(m_client, prefix))
        if (is_key(object.key)) keys.push_back(object.key.substr(prefix.size()));
    std::sort(keys.begin(), keys.end());
    return keys;
}

std::vector<std::string> S3Store::list_parts(const std::string& prefix) const {
    require_prefix(prefix);
    std::vector<std::string> parts = list_directories(m_client, prefix);
    std::erase_if(parts, [](const std::string& part) { return !is_key_part(part); });
    std::sort(parts.begin(), parts.end());
    return parts;
}

void S3Store::remove(const std::string& key) {
    if (!key.ends_with('/')) {
        require_key(key);
        return remove_object(key);
    }
    std::vector<std::string> keys = list(key);
    const auto rest = std::partition(keys.begin(), keys.end(), is_sealing);
    for (auto one = keys.begin(); one != rest; ++one) remove_object(key + *one);
    keys.erase(keys.begin(), rest);
    in_parallel(k_removers, keys.size(), [&](std::size_t i) { remove_object(key + keys[i]); });
}

void S3Store::remove_object(const std::string& key) const {
    S3Request request;
    request.method = "DELETE";
    request.key = key;
    request.expected = {404};
    m_client.send(request);
}

std::unique_ptr<ObjectWriter> S3Store::write(const std::string& key) {
    require_key(key);
    return std::make_unique<S3Upload>(m_client, key);
}

std::unique_ptr<ObjectReader> S3Store::read(const std::string& key) const {
    require_key(key);
    return std::make_unique<S3Download>(m_client, key);
}

void S3Store::settle(const std::string& prefix) {
    require_prefix(prefix);
}

std::optional<std::filesystem::path> S3Store::directory(const std::string& prefix) const {
    require_prefix(prefix);
    return std::nullopt;
}

std::optional<Time> S3Store::last_change(const std::string& prefix) const {
    require_prefix(prefix);
    std::optional<Time> last;
    for (const S3Object& object : list_objects(m_client, prefix))
        if (is_key(object.key)) last = std::max(last, std::optional(object.changed));
    return last;
}

std::optional<std::uint64_t> S3Store::free_space() const {
    return std::nullopt;
}

std::optional<std::string> S3Store::why_not_writable() const {
    S3Request request;
    request.method = "HEAD";
    try {
        m_client.send(request);
        return std::nullopt;
    } catch (const StoreError& error) {
        return error.what();
    }
}

int S3Store::remove_litter() {
    return remove_s3_litter(m_client, now() - k_litter_age);
}

}  // namespace lastgood
