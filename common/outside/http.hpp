#pragma once

#include "core/secret.hpp"
#include "outside/clock.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lastgood {

class HttpConnections;
class Interruption;

/// Signs a request with AWS Signature Version 4. libcurl does it, and wants of the request: path and query
/// percent-encoded by RFC 3986, parameters in the order of their names and each with its '=', and the header
/// x-amz-content-sha256.
struct AwsSigner {
    std::string key_id;
    Secret key;
    std::string region;
    std::string service;
};

struct HttpRequest {
    std::string method = "GET";  ///< GET, HEAD, PUT, POST, DELETE
    std::string url;             ///< http and https only
    std::vector<std::pair<std::string, std::string>> headers;
    std::string_view body;  ///< of PUT and POST; without a Content-Type header libcurl calls it a form
    std::optional<AwsSigner> signer;
    std::chrono::milliseconds timeout{0};          ///< for the whole of it; 0: none
    std::chrono::milliseconds connect_timeout{0};  ///< 0: libcurl's, 5 minutes
    std::chrono::seconds stall_timeout{0};         ///< with less than one octet a second for so long it ends; 0: never
    std::size_t body_limit = 64UL << 10U;          ///< of the answer: what is beyond is not read
    std::string ca_file;                           ///< PEM; "": the system's
    bool certificate = false;                      ///< say when the server's ends
    bool direct = false;                           ///< past the proxy that the environment names
    std::stop_token stop;                          ///< ends it within 200 ms, as trouble
};

/// What one request brought. Either `status` is an HTTP status, or it is 0 and `trouble` says why there was no answer
/// (DNS, TLS, refused, timed out, cut short): no answer is not a wrong answer.
struct HttpAnswer {
    long status = 0;
    std::map<std::string, std::string> headers;  ///< names in lower case
    std::string body;                            ///< the first octets of it, up to the request's limit
    std::string trouble;
    bool distrusted = false;          ///< the trouble is the server's certificate
    std::optional<Time> certificate;  ///< when it ends, where that was asked for
    bool may_pass = false;  ///< the trouble may be gone at the next try; false for a bad address or certificate
    std::chrono::milliseconds took{0};

    std::string header(const std::string& name) const;  ///< "" if there is none
};

/// Sends requests over libcurl, from any thread, over connections that are kept for the next ones. Follows no
/// redirects; honours a signal within 200 ms (then throws Interrupted).
class HttpClient {
  public:
    explicit HttpClient(const Interruption& interruption);
    ~HttpClient();
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    HttpAnswer send(const HttpRequest& request) const;

  private:
    const Interruption& m_interruption;
    mutable std::mutex m_mutex;
    mutable std::vector<std::unique_ptr<HttpConnections>> m_idle;
};

/// One GET, of which the first 64 KiB of the body are kept.
HttpAnswer http_get(const std::string& url, std::chrono::milliseconds timeout, const Interruption& interruption);

}  // namespace lastgood
