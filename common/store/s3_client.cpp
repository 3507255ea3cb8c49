#include "store/s3_client.hpp"

#include "outside/environment.hpp"
#include "outside/files.hpp"
#include "outside/redaction.hpp"
#include "store/http_retries.hpp"

#include <algorithm>

namespace lastgood {

namespace {

constexpr std::chrono::seconds k_connect{10};
constexpr std::size_t k_longest_answer = 256UL << 20U;  // a record, a listing or a range of an object is far less

/// In the order of the names, and each with its '=': as it is signed.
std::string query_of(const std::map<std::string, std::string>& parameters) {
    std::string query;
    for (const auto& [name, value] : parameters)
        query += (query.empty() ? "?" : "&") + percent_encode(name) + "=" + percent_encode(value);
    return query;
}

bool says_expired(const S3Error& error) {
    return error.code == "ExpiredToken" || error.code == "InvalidToken" || error.code == "TokenRefreshRequired";
}

bool is_expected(const S3Request& request, const S3Error& error) {
    return error.code != "NoSuchBucket" &&
           std::find(request.expected.begin(), request.expected.end(), error.status) != request.expected.end();
}

}  // namespace

S3Client::S3Client(S3Address address, const StoreContext& context)
    : m_address(std::move(address)),
      m_context(context),
      m_certificates(context.environment.first_of({"AWS_CA_BUNDLE"})),
      m_http(context.interruption),
      m_credentials(context, m_http, m_address.region) {}

HttpAnswer S3Client::send(const S3Request& request) const {
    HttpAnswer answer = send_until_done(request);
    auto error = read_s3_error(answer);
    if (error && says_expired(*error) && m_credentials.forget()) {
        answer = send_until_done(request);
        error = read_s3_error(answer);
    }
    if (error && !is_expected(request, *error)) throw trouble(request, *error);
    if (answer.body.size() == k_longest_answer)
        throw StoreError(m_address.say() + ": " + request.method + " " + request.key + ": the answer is too long");
    return answer;
}

StoreError S3Client::trouble(const S3Request& request, const S3Error& error) const {
    const std::string asked = request.method + " " + (request.key.empty() ? "bucket" : request.key);
    return StoreError(explain(error, m_address, asked), says_full(error));
}

HttpAnswer S3Client::send_until_done(const S3Request& request) const {
    if (request.timeout.count() > 0) return m_http.send(signed_request(request));
    return send_with_retries(m_http, m_context.interruption, [&] { return signed_request(request); });
}

HttpRequest S3Client::signed_request(const S3Request& request) const {
    const AwsCredentials credentials = m_credentials.get();
    HttpRequest made;
    made.method = request.method;
    made.url = m_address.url_of(request.key.empty() ? "" : m_address.prefix + request.key) + query_of(request.query);
    made.headers = request.headers;
    if (request.method == "PUT" || request.method == "POST")
        made.headers.emplace_back("Content-Type", "application/octet-stream");
    made.headers.emplace_back("x-amz-content-sha256", sha256(request.body));
    if (!credentials.session_token.empty())
        made.headers.emplace_back("x-amz-security-token", credentials.session_token.reveal());
    made.body = request.body;
    made.signer = AwsSigner{credentials.key_id, credentials.key, m_address.region, "s3"};
    made.timeout = request.timeout;
    made.connect_timeout = k_connect;
    made.stall_timeout = request.patience;
    made.body_limit = k_longest_answer;
    made.ca_file = m_certificates;
    made.stop = request.stop;
    return made;
}

std::vector<std::pair<std::string, std::string>> S3Client::encryption_headers() const {
    if (m_address.encryption.empty()) return {};
    std::vector<std::pair<std::string, std::string>> headers{{"x-amz-server-side-encryption", m_address.encryption}};
    if (!m_address.encryption_key_id.empty())
        headers.emplace_back("x-amz-server-side-encryption-aws-kms-key-id", m_address.encryption_key_id);
    return headers;
}

}  // namespace lastgood
