#include "store/s3_download.hpp"

#include <algorithm>
#include <charconv>

namespace lastgood {

namespace {

constexpr std::uint64_t k_range = 8ULL << 20U;
constexpr long k_partial = 206;
constexpr long k_no_such_range = 416;

/// "bytes 0-8388607/41943040": the number at the end.
std::uint64_t size_in(const std::string& content_range) {
    const auto begin = content_range.rfind('/') + 1;
    std::uint64_t size = 0;
    const char* last = content_range.data() + content_range.size();
    const auto [end, trouble] = std::from_chars(content_range.data() + begin, last, size);
    if (begin == 0 || trouble != std::errc() || end != last)
        throw StoreError("the service does not say how long the object is: \"" + content_range + "\"");
    return size;
}

}  // namespace

S3Download::S3Download(const S3Client& client, std::string key) : m_client(client), m_key(std::move(key)) {
    HttpAnswer answer = range(0, {});
    m_etag = answer.header("etag");
    m_shown = std::move(answer.body);
    m_size = answer.status == k_partial ? size_in(answer.header("content-range")) : m_shown.size();
    m_offset = m_shown.size();
    if (m_offset != m_size && m_offset != k_range)
        throw StoreError(m_client.address().say() + ": " + m_key + " came with a part missing");
    ask_for_next();
}

std::string_view S3Download::read() {
    if (m_first) {
        m_first = false;
        return m_shown;
    }
    m_shown.clear();
    if (m_offset == m_size) return m_shown;
    if (!m_next.begun()) throw StoreError(m_key + " could not be read, and is not read on");
    m_shown = m_next.result();
    m_offset += m_shown.size();
    ask_for_next();
    return m_shown;
}

void S3Download::ask_for_next() {
    if (m_offset == m_size) return;
    m_next.begin([this, offset = m_offset](const std::stop_token& stop) {
        HttpAnswer answer = range(offset, stop);
        if (answer.status != k_partial || answer.body.size() != std::min(k_range, m_size - offset))
            throw StoreError(m_client.address().say() + ": " + m_key + " came with a part missing");
        return std::move(answer.body);
    });
}

HttpAnswer S3Download::range(std::uint64_t offset, const std::stop_token& stop) const {
    S3Request request;
    request.key = m_key;
    request.headers = {{"Range", "bytes=" + std::to_string(offset) + "-" + std::to_string(offset + k_range - 1)}};
    if (!m_etag.empty()) request.headers.emplace_back("If-Match", m_etag);
    request.expected = {404, 412, k_no_such_range};
    request.stop = stop;
    HttpAnswer answer = m_client.send(request);
    const auto error = read_s3_error(answer);
    if (error && error->status == 412)
        throw StoreError(m_client.address().say() + ": " + m_key + " was replaced while it was read");
    if (error && error->code == "NoSuchKey")
        throw StoreError(m_client.address().say() + ": there is no object " + m_key);
    if (error && (error->status != k_no_such_range || offset != 0)) throw m_client.trouble(request, *error);
    if (error) answer.body.clear();  // an empty object has no first octet
    return answer;
}

}  // namespace lastgood
