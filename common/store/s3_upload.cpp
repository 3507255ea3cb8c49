#include "store/s3_upload.hpp"

#include "outside/interruption.hpp"
#include "store/xml.hpp"

#include <algorithm>

namespace lastgood {

namespace {

constexpr int k_equal_parts = 1'000;
constexpr int k_most_parts = 10'000;
constexpr std::uint64_t k_part = 8ULL << 20U;
constexpr std::uint64_t k_growth = 144ULL << 10U;
constexpr std::chrono::seconds k_patience_to_join{300};  // a service may join ten thousand parts
constexpr std::chrono::milliseconds k_time_to_abort{5'000};
constexpr std::chrono::milliseconds k_time_to_abort_at_a_signal{500};

}  // namespace

std::uint64_t s3_part_size(int number) {
    return k_part + k_growth * static_cast<std::uint64_t>(std::max(number - k_equal_parts, 0));
}

S3Upload::S3Upload(const S3Client& client, std::string key) : m_client(client), m_key(std::move(key)) {}

S3Upload::~S3Upload() {
    m_part.cancel();
    if (!m_upload_id.empty() && !m_finished) abort();
}

void S3Upload::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const std::uint64_t size = s3_part_size(static_cast<int>(m_etags.size()) + (m_part.begun() ? 2 : 1));
        if (m_filling.size() == size) {
            send_part();
            continue;
        }
        const auto taken = bytes.substr(0, size - m_filling.size());
        m_filling += taken;
        bytes.remove_prefix(taken.size());
    }
}

void S3Upload::finish() {
    if (m_upload_id.empty()) {
        put_whole();
    } else {
        send_part();
        take_part();
        complete();
    }
    m_finished = true;
}

S3Request S3Upload::request(const std::string& method) const {
    S3Request made;
    made.method = method;
    made.key = m_key;
    if (!m_upload_id.empty()) made.query["uploadId"] = m_upload_id;
    return made;
}

void S3Upload::put_whole() {
    S3Request put = request("PUT");
    put.headers = m_client.encryption_headers();
    put.body = m_filling;
    m_client.send(put);
}

void S3Upload::begin_upload() {
    S3Request begin = request("POST");
    begin.query["uploads"] = "";
    begin.headers = m_client.encryption_headers();
    begin.headers.push_back(m_mark.header());
    const HttpAnswer answer = m_client.send(begin);
    try {
        m_upload_id = read_xml(answer.body).text_of("UploadId");
    } catch (const XmlError&) {  // said below
    }
    if (m_upload_id.empty())
        throw StoreError(m_client.address().say() + ": the service began an upload of " + m_key + " without an id");
}

void S3Upload::send_part() {
    if (m_upload_id.empty()) begin_upload();
    take_part();
    if (m_etags.size() == k_most_parts) throw StoreError(m_key + " is greater than 5 TiB, which S3 cannot store");
    std::swap(m_sending, m_filling);
    m_filling.clear();
    S3Request put = request("PUT");
    put.query["partNumber"] = std::to_string(m_etags.size() + 1);
    put.body = m_sending;
    m_part.begin([this, put](const std::stop_token& stop) mutable {
        put.stop = stop;
        return m_client.send(put).header("etag");
    });
}

void S3Upload::take_part() {
    if (m_part.begun()) m_etags.push_back(m_part.result());
}

void S3Upload::complete() {
    std::string parts = "<CompleteMultipartUpload>";
    for (std::size_t i = 0; i < m_etags.size(); ++i)
        parts += "<Part><PartNumber>" + std::to_string(i + 1) + "</PartNumber><ETag>" + m_etags[i] + "</ETag></Part>";
    parts += "</CompleteMultipartUpload>";
    S3Request join = request("POST");
    join.body = parts;
    join.patience = k_patience_to_join;
    join.expected = {404};
    const auto error = read_s3_error(m_client.send(join));
    // Where the answer to our first try was lost, the upload is gone because it is complete.
    if (error && !m_mark.is_on(m_client, m_key)) throw m_client.trouble(join, *error);
}

void S3Upload::abort() const {
    const bool at_a_signal = m_client.interruption().requested() != 0;
    const Interruption::Shield shield(m_client.interruption());
    S3Request removal = request("DELETE");
    removal.timeout = at_a_signal ? k_time_to_abort_at_a_signal : k_time_to_abort;
    try {
        m_client.send(removal);
    } catch (const std::exception&) {  // remove_litter() finds it
    }
}

}  // namespace lastgood
