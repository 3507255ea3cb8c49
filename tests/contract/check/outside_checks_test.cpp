#include "check_world.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

namespace lastgood::test {
namespace {

/// Answers one request after the other with the given status lines, the last of them for ever. "" hangs up without an
/// answer.
class HttpServer {
  public:
    explicit HttpServer(std::vector<std::string> answers)
        : m_answers(std::move(answers)), m_socket(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        bind(m_socket, reinterpret_cast<sockaddr*>(&address), size);
        listen(m_socket, 8);
        getsockname(m_socket, reinterpret_cast<sockaddr*>(&address), &size);
        m_port = ntohs(address.sin_port);
        m_thread = std::thread([this] { serve(); });
    }
    ~HttpServer() {
        shutdown(m_socket, SHUT_RDWR);
        m_thread.join();
        close(m_socket);
    }
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;
    std::string url() const { return "http://127.0.0.1:" + std::to_string(m_port) + "/health"; }

  private:
    void serve() {
        for (std::size_t i = 0;; ++i) {
            const int client = accept(m_socket, nullptr, nullptr);
            if (client < 0) return;
            const std::string& answer = m_answers[std::min(i, m_answers.size() - 1)];
            char request[4096];
            if (recv(client, request, sizeof request, 0) > 0 && !answer.empty()) {
                const std::string text =
                    "HTTP/1.1 " + answer + "\r\nContent-Length: 5\r\nConnection: close\r\n\r\nready";
                send(client, text.data(), text.size(), MSG_NOSIGNAL);
            }
            close(client);
        }
    }

    std::vector<std::string> m_answers;
    int m_socket;
    int m_port = 0;
    std::thread m_thread;
};

HttpCheck get(const std::string& url, const std::string& body = "") {
    return {.url = url, .expect_body = body};
}

CheckResult ask(const HttpServer& server, const std::string& body = "", Window window = {}) {
    CheckWorld world;
    CheckSettings settings = CheckWorld::settings("http", get(server.url(), body));
    settings.window = window;
    return run_check(settings, world.context);
}

TEST(HttpChecks, PassOnARightAnswer) {
    const HttpServer server({"200 OK"});
    EXPECT_EQ(ask(server).verdict, Verdict::passed);
    EXPECT_EQ(ask(server, "ready").verdict, Verdict::passed);
}

TEST(HttpChecks, FailOnAWrongAnswer) {
    const HttpServer server({"500 Internal Server Error"});
    const auto result = ask(server);
    EXPECT_EQ(result.verdict, Verdict::failed);
    EXPECT_EQ(result.reason, "status 500, 200 expected");
    EXPECT_EQ(result.evidence.asked, "GET " + server.url());
    EXPECT_EQ(result.evidence.expected, "status 200");
    EXPECT_EQ(result.evidence.found, "status 500");
}

TEST(HttpChecks, FailOnAnAnswerWithoutTheExpectedText) {
    const HttpServer server({"200 OK"});
    EXPECT_EQ(ask(server, "healthy").reason, "status 200 without the expected text");
}

TEST(HttpChecks, WaitForAnApplicationThatIsStarting) {
    const HttpServer server({"503 Service Unavailable", "", "503 Service Unavailable", "200 OK"});
    const auto result = ask(server, "", {.within = std::chrono::minutes(1), .every = Milliseconds(10)});
    EXPECT_EQ(result.verdict, Verdict::passed);
    EXPECT_EQ(result.asked, 4);
}

TEST(HttpChecks, CannotTellWithoutAnAnswer) {
    const HttpServer server({""});
    EXPECT_EQ(ask(server).verdict, Verdict::unknown);
    CheckWorld world;
    EXPECT_EQ(world.run("http", get("http://name.invalid/"), Milliseconds(500)).verdict, Verdict::unknown);
}

TEST(HttpChecks, ShowNoSecretOfAUrl) {
    CheckWorld world;
    const auto asked = [&](const std::string& url) {
        return world.run("http", get(url), Milliseconds(50)).evidence.asked;
    };
    EXPECT_EQ(asked("http://user:word@name.invalid/a?token=x"), "GET http://name.invalid/a?...");
    EXPECT_EQ(asked("http://name.invalid?token=a@b"), "GET http://name.invalid?...");
    EXPECT_EQ(asked("http://name.invalid/@here"), "GET http://name.invalid/@here");
}

TEST(HttpChecks, GoThroughTheApplication) {
    EXPECT_TRUE(row_of(CheckWorld::settings("http", HttpCheck{})).through_application);
    EXPECT_FALSE(row_of(CheckWorld::settings("sql", SqlCheck{})).through_application);
}

CheckResult run_command(const Argv& argv, Milliseconds timeout = std::chrono::seconds(20)) {
    CheckWorld world;
    return world.run("command", CommandCheck{argv}, timeout);
}

TEST(CommandChecks, PassAndFailByTheExitStatus) {
    EXPECT_EQ(run_command({"sh", "-c", "test \"$LASTGOOD_REVISION\" = 9c1e2aa"}).verdict, Verdict::passed);
    const auto result = run_command({"sh", "-c", "echo row of data; exit 3"});
    EXPECT_EQ(result.verdict, Verdict::failed);
    EXPECT_EQ(result.reason, "sh: exit status 3");
    EXPECT_EQ(result.evidence.found, "exit status 3");
    EXPECT_EQ(result.evidence.differences, std::vector<std::string>{"row of data"});
}

TEST(CommandChecks, CannotTellWhenTheCommandDoesNotRunToItsEnd) {
    EXPECT_EQ(run_command({"/no/such/program"}).verdict, Verdict::unknown);
    EXPECT_EQ(run_command({"sh", "-c", "no-such-program"}).verdict, Verdict::unknown);
    EXPECT_EQ(run_command({"sh", "-c", "kill -KILL $$"}).verdict, Verdict::unknown);
    EXPECT_EQ(run_command({"sleep", "60"}, Milliseconds(200)).verdict, Verdict::unknown);
}

}  // namespace
}  // namespace lastgood::test
