#include "support/http_fake.hpp"

#include "support/loopback_socket.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <sys/socket.h>
#include <unistd.h>

namespace lastgood::test {
namespace {

constexpr const char* k_blank_line = "\r\n\r\n";

/// Reads until `request` is whole; false if the client goes before.
class Receiver {
  public:
    explicit Receiver(int client) : m_client(client) {}

    std::optional<FakeRequest> receive() {
        while (m_text.find(k_blank_line) == std::string::npos)
            if (!more()) return std::nullopt;
        FakeRequest request = head(m_text.substr(0, m_text.find(k_blank_line) + 2));
        m_text.erase(0, m_text.find(k_blank_line) + 4);
        if (request.headers.count("expect") != 0) send(m_client, "HTTP/1.1 100 Continue\r\n\r\n", 25, MSG_NOSIGNAL);
        const auto length = request.headers.find("content-length");
        const std::size_t size = length == request.headers.end() ? 0 : std::stoul(length->second);
        while (m_text.size() < size)
            if (!more()) return std::nullopt;
        request.body = m_text.substr(0, size);
        return request;
    }

  private:
    bool more() {
        std::array<char, 65'536> buffer{};
        const ssize_t got = read(m_client, buffer.data(), buffer.size());
        if (got > 0) m_text.append(buffer.data(), static_cast<std::size_t>(got));
        return got > 0;
    }

    static FakeRequest head(const std::string& lines) {
        FakeRequest request;
        const auto blank = lines.find(' ');
        request.method = lines.substr(0, blank);
        request.target = lines.substr(blank + 1, lines.find(' ', blank + 1) - blank - 1);
        for (auto begin = lines.find("\r\n") + 2; begin < lines.size(); begin = lines.find("\r\n", begin) + 2) {
            const auto colon = lines.find(':', begin);
            std::string name = lines.substr(begin, colon - begin);
            std::transform(name.begin(), name.end(), name.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
            request.headers[name] = lines.substr(colon + 2, lines.find("\r\n", colon) - colon - 2);
        }
        return request;
    }

    int m_client;
    std::string m_text;
};

}  // namespace

HttpFake::HttpFake(Handler handler)
    : m_handler(std::move(handler)), m_socket(loopback_listener()), m_port(port_of(m_socket)) {
    m_thread = std::thread([this] { serve(); });
}

HttpFake::~HttpFake() {
    shutdown(m_socket, SHUT_RDWR);
    m_thread.join();
    close(m_socket);
}

std::string HttpFake::endpoint() const {
    return "http://127.0.0.1:" + std::to_string(m_port);
}

std::vector<FakeRequest> HttpFake::requests() const {
    const std::lock_guard lock(m_mutex);
    return m_requests;
}

void HttpFake::serve() {
    for (;;) {
        const int client = accept4(m_socket, nullptr, nullptr, SOCK_CLOEXEC);
        if (client < 0) return;
        answer(client);
        close(client);
    }
}

void HttpFake::answer(int client) {
    const auto request = Receiver(client).receive();
    if (!request) return;
    {
        const std::lock_guard lock(m_mutex);
        m_requests.push_back(*request);
    }
    const FakeAnswer made = m_handler(*request);
    std::string text = "HTTP/1.1 " + std::to_string(made.status) + " Fake\r\nConnection: close\r\n";
    for (const auto& [name, value] : made.headers) text.append(name).append(": ").append(value).append("\r\n");
    text += "Content-Length: " + std::to_string(made.body.size()) + k_blank_line;
    if (request->method != "HEAD") text += made.body;
    send(client, text.data(), text.size(), MSG_NOSIGNAL);
}

}  // namespace lastgood::test
