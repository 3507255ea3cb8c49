#include "outside/http_transfer.hpp"

#include "core/version.hpp"
#include "outside/certificate.hpp"
#include "outside/interruption.hpp"

#include <algorithm>
#include <cctype>
#include <stdexcept>

namespace lastgood {

namespace {

constexpr int k_look = 100;  // milliseconds between two looks at the interruption

void start_curl_once() {
    static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (started != CURLE_OK) throw std::runtime_error("libcurl cannot be started");
}

/// What another try cannot change: the address, the certificates, what this libcurl can.
bool is_lasting(CURLcode code) {
    switch (code) {
        case CURLE_UNSUPPORTED_PROTOCOL:
        case CURLE_URL_MALFORMAT:
        case CURLE_NOT_BUILT_IN:
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_ABORTED_BY_CALLBACK:
            return true;
        default:
            return false;
    }
}

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

std::string lower_case(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return result;
}

/// Of the first certificate of the chain; none without TLS.
std::optional<Time> end_of_servers_certificate(CURL* easy) {
    curl_certinfo* chain = nullptr;
    if (curl_easy_getinfo(easy, CURLINFO_CERTINFO, &chain) != CURLE_OK || chain->num_of_certs < 1) return std::nullopt;
    for (const curl_slist* line = chain->certinfo[0]; line != nullptr; line = line->next) {
        const std::string_view text(line->data);
        if (text.starts_with("Cert:")) return end_of_certificate(std::string(text.substr(5)));
    }
    return std::nullopt;
}

}  // namespace

HttpConnections::HttpConnections() {
    start_curl_once();
    m_multi.reset(curl_multi_init());
    if (!m_multi) throw std::runtime_error("libcurl has no handle");
}

HttpTransfer::HttpTransfer(const HttpRequest& request, const HttpConnections& connections)
    : m_request(request), m_connections(connections) {
    m_easy.reset(curl_easy_init());
    if (!m_easy) throw std::runtime_error("libcurl has no handle");
    set(CURLOPT_URL, request.url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_QUICK_EXIT, 1L);  // a name server that does not answer must not hold us
    set(CURLOPT_USERAGENT, (std::string("lastgood/") + k_version).c_str());
    set(CURLOPT_ERRORBUFFER, m_words.data());
    set(CURLOPT_WRITEFUNCTION, &HttpTransfer::take_body);
    set(CURLOPT_WRITEDATA, static_cast<void*>(this));
    set(CURLOPT_HEADERFUNCTION, &HttpTransfer::take_header);
    set(CURLOPT_HEADERDATA, static_cast<void*>(this));
    if (!request.ca_file.empty()) set(CURLOPT_CAINFO, request.ca_file.c_str());
    if (request.certificate) set(CURLOPT_CERTINFO, 1L);
    if (request.direct) set(CURLOPT_PROXY, "");
    set_limits();
    set_method();
    set_headers();
    if (request.signer) sign(*request.signer);
    curl_multi_add_handle(m_connections.handle(), m_easy.get());
}

HttpTransfer::~HttpTransfer() {
    curl_multi_remove_handle(m_connections.handle(), m_easy.get());
}

template <typename Value>
void HttpTransfer::set(CURLoption option, Value value) {
    const CURLcode done = curl_easy_setopt(m_easy.get(), option, value);
    if (done != CURLE_OK) throw std::runtime_error(curl_easy_strerror(done));
}

void HttpTransfer::set_limits() {
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(m_request.timeout.count()));
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(m_request.connect_timeout.count()));
    if (m_request.stall_timeout.count() == 0) return;
    set(CURLOPT_LOW_SPEED_LIMIT, 1L);
    set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(m_request.stall_timeout.count()));
}

void HttpTransfer::set_method() {
    if (m_request.method == "HEAD") set(CURLOPT_NOBODY, 1L);
    if (m_request.method == "PUT" || m_request.method == "POST") {
        // As a form's fields, not as an upload: that would ask "Expect: 100-continue" before the smallest body.
        set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(m_request.body.size()));
        set(CURLOPT_POSTFIELDS, m_request.body.empty() ? "" : m_request.body.data());
    }
    if (m_request.method == "PUT" || m_request.method == "DELETE") set(CURLOPT_CUSTOMREQUEST, m_request.method.c_str());
}

void HttpTransfer::set_headers() {
    for (const auto& [name, value] : m_request.headers) {
        // "Name;" is how libcurl is told to send a header without a value.
        std::string line = name;
        line += value.empty() ? ";" : ": ";
        line += value;
        curl_slist* longer = curl_slist_append(m_headers.get(), line.c_str());
        if (longer == nullptr) throw std::bad_alloc();
        (void)m_headers.release();
        m_headers.reset(longer);
    }
    set(CURLOPT_HTTPHEADER, m_headers.get());
}

void HttpTransfer::sign(const AwsSigner& signer) {
    set(CURLOPT_AWS_SIGV4, ("aws:amz:" + signer.region + ":" + signer.service).c_str());
    set(CURLOPT_USERNAME, signer.key_id.c_str());
    set(CURLOPT_PASSWORD, signer.key.reveal().c_str());
}

std::size_t HttpTransfer::take_body(const char* bytes, std::size_t size, std::size_t count, void* self) {
    const auto& request = static_cast<HttpTransfer*>(self)->m_request;
    auto& body = static_cast<HttpTransfer*>(self)->m_answer.body;
    const std::size_t room = request.body_limit - body.size();
    body.append(bytes, std::min(room, size * count));
    return body.size() < request.body_limit ? size * count : 0;  // 0 ends the transfer: the body is long enough
}

std::size_t HttpTransfer::take_header(const char* bytes, std::size_t size, std::size_t count, void* self) {
    auto& headers = static_cast<HttpTransfer*>(self)->m_answer.headers;
    const std::string_view line(bytes, size * count);
    const auto colon = line.find(':');
    if (line.starts_with("HTTP/"))
        headers.clear();  // what came before belongs to "100 Continue"
    else if (colon != std::string_view::npos)
        headers[lower_case(trimmed(line.substr(0, colon)))] = trimmed(line.substr(colon + 1));
    return size * count;
}

CURLcode HttpTransfer::run(const Interruption& interruption) {
    int running = 1;
    while (running != 0) {
        interruption.check();
        if (m_request.stop.stop_requested()) return CURLE_ABORTED_BY_CALLBACK;
        const CURLMcode done = curl_multi_perform(m_connections.handle(), &running);
        if (done != CURLM_OK) throw std::runtime_error(curl_multi_strerror(done));
        if (running != 0) curl_multi_poll(m_connections.handle(), nullptr, 0, k_look, nullptr);
    }
    int waiting = 0;
    const CURLMsg* message = curl_multi_info_read(m_connections.handle(), &waiting);
    return message != nullptr ? message->data.result : CURLE_OK;
}

HttpAnswer HttpTransfer::perform(const Interruption& interruption) {
    const auto begin = std::chrono::steady_clock::now();
    const CURLcode code = run(interruption);
    m_answer.took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
    const bool long_enough = code == CURLE_WRITE_ERROR && m_answer.body.size() == m_request.body_limit;
    if (code == CURLE_OK || long_enough) {
        curl_easy_getinfo(m_easy.get(), CURLINFO_RESPONSE_CODE, &m_answer.status);
        if (m_request.certificate) m_answer.certificate = end_of_servers_certificate(m_easy.get());
    } else {
        m_answer.headers.clear();
        m_answer.body.clear();
        m_answer.trouble = m_words.front() != '\0' ? m_words.data() : curl_easy_strerror(code);
        m_answer.may_pass = !is_lasting(code);
        m_answer.distrusted = code == CURLE_PEER_FAILED_VERIFICATION;
    }
    return std::move(m_answer);
}

}  // namespace lastgood
