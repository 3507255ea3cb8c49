#include "outside/http.hpp"

#include "core/failure.hpp"
#include "support.hpp"

#include <array>
#include <cstdlib>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace lastgood {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Answers one request with the given bytes; without any it keeps the client waiting until the client goes.
class Server {
  public:
    explicit Server(const std::string& answer) : m_socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        EXPECT_EQ(::bind(m_socket, reinterpret_cast<sockaddr*>(&address), size), 0);
        EXPECT_EQ(::listen(m_socket, 1), 0);
        EXPECT_EQ(::getsockname(m_socket, reinterpret_cast<sockaddr*>(&address), &size), 0);
        m_port = ntohs(address.sin_port);
        m_thread = std::thread([this, answer] { serve(answer); });
    }
    ~Server() {
        ::shutdown(m_socket, SHUT_RDWR);
        m_thread.join();
        ::close(m_socket);
    }
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    std::string url() const { return "http://127.0.0.1:" + std::to_string(m_port) + "/health"; }
    std::string request;  ///< after the answer
    std::atomic<bool> asked{false};

  private:
    void serve(const std::string& answer) {
        const int client = ::accept(m_socket, nullptr, nullptr);
        if (client < 0) return;
        std::array<char, 4096> buffer{};
        while (request.find("\r\n\r\n") == std::string::npos) {
            const ssize_t got = ::read(client, buffer.data(), buffer.size());
            if (got <= 0) break;
            request.append(buffer.data(), static_cast<std::size_t>(got));
        }
        asked = true;
        ::send(client, answer.data(), answer.size(), MSG_NOSIGNAL);
        if (answer.empty()) (void)!::read(client, buffer.data(), buffer.size());
        ::close(client);
    }

    int m_socket;
    int m_port = 0;
    std::thread m_thread;
};

struct HttpTest : testing::Test {
    static void SetUpTestSuite() {
        for (const char* name : {"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"}) ::unsetenv(name);
    }
    Interruption interruption;
};

TEST_F(HttpTest, BringsStatusAndBody) {
    Server server("HTTP/1.1 503 Busy\r\nContent-Length: 5\r\n\r\nlater");
    const HttpAnswer answer = http_get(server.url(), seconds(5), interruption);
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.body, "later");
    EXPECT_EQ(answer.trouble, "");
    EXPECT_TRUE(server.request.starts_with("GET /health HTTP/1.1\r\n")) << server.request;
}

TEST_F(HttpTest, FollowsNoRedirect) {
    Server server("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");
    EXPECT_EQ(http_get(server.url(), seconds(5), interruption).status, 302);
}

TEST_F(HttpTest, KeepsTheFirst64KiBOfABody) {
    Server server("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + std::string(1 << 20, 'b'));
    const HttpAnswer answer = http_get(server.url(), seconds(5), interruption);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, std::string(65536, 'b'));
}

TEST_F(HttpTest, TellsNoAnswerFromAWrongOne) {
    std::string gone;
    {
        const Server server("");
        gone = server.url();
    }
    for (const auto& url :
         {gone, std::string("ftp://127.0.0.1/"), std::string("file:///etc/passwd"), std::string("")}) {
        const HttpAnswer answer = http_get(url, seconds(5), interruption);
        EXPECT_EQ(answer.status, 0) << url;
        EXPECT_EQ(answer.body, "") << url;
        EXPECT_NE(answer.trouble, "") << url;
    }
}

TEST_F(HttpTest, GivesUpAtTheTimeout) {
    const Server server("");
    const HttpAnswer answer = http_get(server.url(), milliseconds(100), interruption);
    EXPECT_EQ(answer.status, 0);
    EXPECT_NE(answer.trouble.find("timed out"), std::string::npos) << answer.trouble;
    EXPECT_GE(answer.took, milliseconds(90));
}

TEST_F(HttpTest, TakesHalfAnAnswerForNone) {
    Server server("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhalf");
    const HttpAnswer answer = http_get(server.url(), seconds(5), interruption);
    EXPECT_EQ(answer.status, 0);
    EXPECT_EQ(answer.body, "");
    EXPECT_NE(answer.trouble, "");
}

TEST_F(HttpTest, EndsAtASignal) {
    const Server server("");
    std::chrono::steady_clock::time_point signalled;
    std::thread other([&] {
        comes_true([&] { return server.asked.load(); });
        signalled = std::chrono::steady_clock::now();
        interruption.request(SIGTERM);
    });
    EXPECT_THROW(http_get(server.url(), seconds(60), interruption), Interrupted);
    other.join();
    EXPECT_LT(std::chrono::steady_clock::now() - signalled, seconds(2));
}

TEST_F(HttpTest, SendsMethodHeadersAndBody) {
    Server server("HTTP/1.1 201 Created\r\nX-Made-By: us \r\nContent-Length: 0\r\n\r\n");
    HttpRequest request;
    request.method = "PUT";
    request.url = server.url();
    request.headers = {{"If-None-Match", "*"}};
    request.body = "the body";
    const HttpAnswer answer = HttpClient(interruption).send(request);
    EXPECT_EQ(answer.status, 201);
    EXPECT_EQ(answer.header("x-made-by"), "us");
    EXPECT_EQ(answer.header("x-made-by-none"), "");
    EXPECT_TRUE(server.request.starts_with("PUT /health HTTP/1.1\r\n")) << server.request;
    EXPECT_NE(server.request.find("\r\nIf-None-Match: *\r\n"), std::string::npos) << server.request;
    EXPECT_NE(server.request.find("\r\nContent-Length: 8\r\n"), std::string::npos) << server.request;
}

TEST_F(HttpTest, SignsForAws) {
    Server server("HTTP/1.1 204 No Content\r\n\r\n");
    HttpRequest request;
    request.method = "DELETE";
    request.url = server.url();
    request.headers = {{"x-amz-content-sha256", "e3b0"}};
    request.signer = AwsSigner{"AKIDEXAMPLE", Secret("hush"), "eu-west-1", "s3"};
    EXPECT_EQ(HttpClient(interruption).send(request).status, 204);
    EXPECT_TRUE(server.request.starts_with("DELETE /health HTTP/1.1\r\n")) << server.request;
    EXPECT_NE(server.request.find("Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"), std::string::npos);
    EXPECT_NE(server.request.find("/eu-west-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date"),
              std::string::npos)
        << server.request;
    EXPECT_EQ(server.request.find("hush"), std::string::npos);
}

TEST_F(HttpTest, GivesUpWhenNothingMoves) {
    const Server server("");
    HttpRequest request;
    request.url = server.url();
    request.stall_timeout = seconds(1);
    const HttpAnswer answer = HttpClient(interruption).send(request);
    EXPECT_EQ(answer.status, 0);
    EXPECT_TRUE(answer.may_pass);
    EXPECT_LT(answer.took, seconds(5));
}

TEST_F(HttpTest, EndsWhenItsOwnerStopsIt) {
    const Server server("");
    std::stop_source source;
    HttpRequest request;
    request.url = server.url();
    request.stop = source.get_token();
    std::thread other([&] {
        comes_true([&] { return server.asked.load(); });
        source.request_stop();
    });
    const HttpAnswer answer = HttpClient(interruption).send(request);
    other.join();
    EXPECT_EQ(answer.status, 0);
    EXPECT_FALSE(answer.may_pass);
}

TEST_F(HttpTest, KnowsWhatAnotherTryCannotMend) {
    EXPECT_FALSE(http_get("ftp://127.0.0.1/", seconds(5), interruption).may_pass);
    EXPECT_TRUE(http_get("http://127.0.0.1:1/", seconds(5), interruption).may_pass);
}

}  // namespace
}  // namespace lastgood
