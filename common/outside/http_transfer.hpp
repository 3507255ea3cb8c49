#pragma once

#include "outside/http.hpp"

#include <array>
#include <memory>

#include <curl/curl.h>

namespace lastgood {

/// The connections that one transfer after the other can use: a multi handle of libcurl.
class HttpConnections {
  public:
    HttpConnections();
    CURLM* handle() const { return m_multi.get(); }

  private:
    std::unique_ptr<CURLM, decltype(&curl_multi_cleanup)> m_multi{nullptr, &curl_multi_cleanup};
};

/// One request in progress; taken out of the multi handle, then freed. `request` must outlive it.
class HttpTransfer {
  public:
    HttpTransfer(const HttpRequest& request, const HttpConnections& connections);
    ~HttpTransfer();
    HttpTransfer(const HttpTransfer&) = delete;
    HttpTransfer& operator=(const HttpTransfer&) = delete;

    /// Once. Throws Interrupted.
    HttpAnswer perform(const Interruption& interruption);

  private:
    template <typename Value>
    void set(CURLoption option, Value value);
    void set_method();
    void set_headers();
    void set_limits();
    void sign(const AwsSigner& signer);
    CURLcode run(const Interruption& interruption);

    static std::size_t take_body(const char* bytes, std::size_t size, std::size_t count, void* self);
    static std::size_t take_header(const char* bytes, std::size_t size, std::size_t count, void* self);

    const HttpRequest& m_request;
    const HttpConnections& m_connections;
    HttpAnswer m_answer;
    std::array<char, CURL_ERROR_SIZE> m_words{};
    std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> m_headers{nullptr, &curl_slist_free_all};
    std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> m_easy{nullptr, &curl_easy_cleanup};
};

}  // namespace lastgood
