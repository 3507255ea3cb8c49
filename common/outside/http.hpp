#pragma once

#include <chrono>
#include <string>

namespace lastgood {

class Interruption;

/// What one GET brought. Either `status` is an HTTP status, or it is 0 and `trouble` says why there was no answer (DNS,
/// TLS, refused, timed out): no answer is not a wrong answer.
struct HttpAnswer {
    long status = 0;
    std::string body;  ///< the first 64 KiB
    std::string trouble;
    std::chrono::milliseconds took{0};
};

/// GET over libcurl; follows no redirects; honours a signal within 200 ms (then throws Interrupted). http and https
/// only.
HttpAnswer http_get(const std::string& url, std::chrono::milliseconds timeout, const Interruption& interruption);

}  // namespace lastgood
