#pragma once

#include "outside/http.hpp"
#include "store/aws_credentials.hpp"
#include "store/s3_address.hpp"
#include "store/s3_error.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace lastgood {

struct S3Request {
    std::string method = "GET";
    std::string key;                           ///< below the store's prefix; "" is the bucket
    std::map<std::string, std::string> query;  ///< values not yet encoded
    std::vector<std::pair<std::string, std::string>> headers;
    std::string_view body;
    std::vector<long> expected;            ///< statuses besides 2xx that the caller understands
    std::chrono::seconds patience{20};     ///< for a service that says nothing
    std::chrono::milliseconds timeout{0};  ///< for the whole, and then there is but one try; 0: none
    std::stop_token stop;
};

/// Asks one bucket: every request signed, with the digest of its body, so that the service refuses what was spoilt on
/// the way, and tried again while that can help (backoff.hpp). From any thread.
class S3Client {
  public:
    S3Client(S3Address address, const StoreContext& context);

    /// 2xx or an expected status; else StoreError, which says what happened and what it means.
    HttpAnswer send(const S3Request& request) const;
    /// What send() would have thrown.
    StoreError trouble(const S3Request& request, const S3Error& error) const;

    const S3Address& address() const { return m_address; }
    Interruption& interruption() const { return m_context.interruption; }
    /// For what creates an object: how the service shall encrypt it.
    std::vector<std::pair<std::string, std::string>> encryption_headers() const;

  private:
    HttpAnswer send_until_done(const S3Request& request) const;
    HttpRequest signed_request(const S3Request& request) const;

    S3Address m_address;
    StoreContext m_context;
    std::string m_certificates;
    HttpClient m_http;
    AwsCredentialSource m_credentials;
};

}  // namespace lastgood
