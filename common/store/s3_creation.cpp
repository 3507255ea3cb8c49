#include "store/s3_creation.hpp"

#include "store/s3_mark.hpp"

#include <algorithm>

namespace lastgood {

namespace {

constexpr long k_precondition_failed = 412;

S3Request put(const S3Client& client, const std::string& key, std::string_view bytes) {
    S3Request request;
    request.method = "PUT";
    request.key = key;
    request.body = bytes;
    request.headers = client.encryption_headers();
    return request;
}

S3Request put_if_absent(const S3Client& client, const std::string& key, std::string_view bytes) {
    S3Request request = put(client, key, bytes);
    request.headers.emplace_back("If-None-Match", "*");
    request.expected = {k_precondition_failed};
    return request;
}

bool exists(const S3Client& client, const std::string& key) {
    S3Request request;
    request.method = "HEAD";
    request.key = key;
    request.expected = {404};
    return client.send(request).status != 404;
}

/// The service knows the header and does not want it.
bool says_not_implemented(const S3Error& error) {
    return error.status == 501 || error.code == "NotImplemented" || error.code == "InvalidArgument" ||
           error.code == "InvalidRequest";
}

/// Removed at once, or else by the store's remove_litter().
void remove_probe(const S3Client& client, const std::string& key) {
    S3Request request;
    request.method = "DELETE";
    request.key = key;
    try {
        client.send(request);
    } catch (const StoreError&) {  // who may write may not be allowed to remove
    }
}

}  // namespace

bool S3Creation::probe() const {
    const std::string key = std::string(k_s3_probe) + unique_name();
    S3Request request = put_if_absent(m_client, key, "");
    request.expected = {400, k_precondition_failed, 501};
    const HttpAnswer first = m_client.send(request);
    const auto refused = read_s3_error(first);
    // 412 here is the echo of our own first try.
    if (refused && refused->status != k_precondition_failed) {
        if (says_not_implemented(*refused)) return false;
        throw m_client.trouble(request, *refused);
    }
    const HttpAnswer second = m_client.send(request);
    remove_probe(m_client, key);
    return second.status == k_precondition_failed;
}

bool S3Creation::is_exclusive() {
    const std::lock_guard lock(m_mutex);
    if (!m_exclusive) m_exclusive = probe();
    return *m_exclusive;
}

bool S3Creation::create(const std::string& key, std::string_view bytes) {
    const S3Mark mark;
    const bool exclusive = is_exclusive();
    if (!exclusive && exists(m_client, key)) return false;
    S3Request request = exclusive ? put_if_absent(m_client, key, bytes) : put(m_client, key, bytes);
    request.headers.push_back(mark.header());
    const bool absent = m_client.send(request).status != k_precondition_failed;
    return (exclusive && absent) || mark.is_on(m_client, key);
}

}  // namespace lastgood
