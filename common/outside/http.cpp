#include "outside/http.hpp"

#include "core/version.hpp"
#include "outside/interruption.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <stdexcept>

#include <curl/curl.h>

namespace lastgood {

namespace {

constexpr std::size_t k_body_limit = 64UL << 10U;

void start_curl_once() {
    static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (started != CURLE_OK) throw std::runtime_error("libcurl cannot be started");
}

/// Tells libcurl to stop once the body is long enough.
std::size_t collect(const char* bytes, std::size_t size, std::size_t count, void* target) {
    auto& body = *static_cast<std::string*>(target);
    const std::size_t room = k_body_limit - body.size();
    body.append(bytes, std::min(room, size * count));
    return body.size() < k_body_limit ? size * count : 0;
}

/// One GET in progress; taken out of the multi handle, then freed.
class Transfer {
  public:
    Transfer(const std::string& url, std::chrono::milliseconds timeout, std::string& body) {
        start_curl_once();
        m_multi.reset(curl_multi_init());
        m_easy.reset(curl_easy_init());
        if (!m_multi || !m_easy) throw std::runtime_error("libcurl has no handle");
        set(CURLOPT_URL, url.c_str());
        set(CURLOPT_PROTOCOLS_STR, "http,https");
        set(CURLOPT_FOLLOWLOCATION, 0L);
        set(CURLOPT_NOSIGNAL, 1L);
        set(CURLOPT_QUICK_EXIT, 1L);  // a name server that does not answer must not hold us
        set(CURLOPT_TIMEOUT_MS, static_cast<long>(std::max<std::int64_t>(timeout.count(), 1)));
        set(CURLOPT_USERAGENT, (std::string("lastgood/") + k_version).c_str());
        set(CURLOPT_ERRORBUFFER, m_words.data());
        set(CURLOPT_WRITEFUNCTION, &collect);
        set(CURLOPT_WRITEDATA, static_cast<void*>(&body));
        curl_multi_add_handle(m_multi.get(), m_easy.get());
    }
    ~Transfer() { curl_multi_remove_handle(m_multi.get(), m_easy.get()); }
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;

    CURLcode perform(const Interruption& interruption) {
        int running = 1;
        while (running != 0) {
            interruption.check();
            const CURLMcode done = curl_multi_perform(m_multi.get(), &running);
            if (done != CURLM_OK) throw std::runtime_error(curl_multi_strerror(done));
            if (running != 0) curl_multi_poll(m_multi.get(), nullptr, 0, k_look, nullptr);
        }
        int waiting = 0;
        const CURLMsg* message = curl_multi_info_read(m_multi.get(), &waiting);
        return message != nullptr ? message->data.result : CURLE_OK;
    }

    long status() const {
        long status = 0;
        curl_easy_getinfo(m_easy.get(), CURLINFO_RESPONSE_CODE, &status);
        return status;
    }
    std::string trouble(CURLcode code) const {
        return m_words.front() != '\0' ? m_words.data() : curl_easy_strerror(code);
    }

  private:
    static constexpr int k_look = 100;  ///< milliseconds between two looks at the interruption

    template <typename Value>
    void set(CURLoption option, Value value) {
        const CURLcode done = curl_easy_setopt(m_easy.get(), option, value);
        if (done != CURLE_OK) throw std::runtime_error(curl_easy_strerror(done));
    }

    std::array<char, CURL_ERROR_SIZE> m_words{};
    std::unique_ptr<CURLM, decltype(&curl_multi_cleanup)> m_multi{nullptr, &curl_multi_cleanup};
    std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> m_easy{nullptr, &curl_easy_cleanup};
};

}  // namespace

HttpAnswer http_get(const std::string& url, std::chrono::milliseconds timeout, const Interruption& interruption) {
    HttpAnswer answer;
    const auto begin = std::chrono::steady_clock::now();
    Transfer transfer(url, timeout, answer.body);
    const CURLcode code = transfer.perform(interruption);
    answer.took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
    const bool stopped_by_us = code == CURLE_WRITE_ERROR && answer.body.size() == k_body_limit;
    if (code == CURLE_OK || stopped_by_us) {
        answer.status = transfer.status();
    } else {
        answer.body.clear();
        answer.trouble = transfer.trouble(code);
    }
    return answer;
}

}  // namespace lastgood
