#include "outside/http.hpp"

#include "outside/http_transfer.hpp"

#include <algorithm>

namespace lastgood {

std::string HttpAnswer::header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
}

HttpClient::HttpClient(const Interruption& interruption) : m_interruption(interruption) {}

HttpClient::~HttpClient() = default;

HttpAnswer HttpClient::send(const HttpRequest& request) const {
    std::unique_ptr<HttpConnections> connections;
    {
        const std::lock_guard lock(m_mutex);
        if (!m_idle.empty()) {
            connections = std::move(m_idle.back());
            m_idle.pop_back();
        }
    }
    if (!connections) connections = std::make_unique<HttpConnections>();
    HttpAnswer answer = HttpTransfer(request, *connections).perform(m_interruption);
    const std::lock_guard lock(m_mutex);
    m_idle.push_back(std::move(connections));
    return answer;
}

HttpAnswer http_get(const std::string& url, std::chrono::milliseconds timeout, const Interruption& interruption) {
    HttpRequest request;
    request.url = url;
    request.timeout = std::max(timeout, std::chrono::milliseconds(1));
    return HttpClient(interruption).send(request);
}

}  // namespace lastgood
