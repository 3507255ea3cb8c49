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

CheckResult ask(const HttpServer& server, Milliseconds within = std::chrono::seconds(30),
                const std::string& body = "") {
    CheckWorld world;
    return world.run("http", HttpCheck{server.url(), 200, body, within});
}

TEST(HttpChecks, PassOnTheFirstRightAnswer) {
    const HttpServer server({"200 OK"});
    EXPECT_EQ(ask(server).verdict, Verdict::passed);
    EXPECT_EQ(ask(server, std::chrono::seconds(30), "ready").verdict, Verdict::passed);
}

TEST(HttpChecks, FailAfterThreeWrongAnswersInARow) {
    const HttpServer server({"500 Internal Server Error"});
    const auto result = ask(server);
    EXPECT_EQ(result.verdict, Verdict::failed);
    EXPECT_EQ(result.reason, "status 500, 200 expected, three times in a row");
}

TEST(HttpChecks, FailOnAnAnswerWithoutTheExpectedText) {
    const HttpServer server({"200 OK"});
    EXPECT_EQ(ask(server, std::chrono::seconds(30), "healthy").reason,
              "status 200 without the expected text, three times in a row");
}

TEST(HttpChecks, WaitForAnApplicationThatIsStarting) {
    const HttpServer server({"503 Service Unavailable", "", "503 Service Unavailable", "200 OK"});
    EXPECT_EQ(ask(server).verdict, Verdict::passed);
}

TEST(HttpChecks, CannotTellWithoutAnAnswer) {
    const HttpServer server({""});
    const auto result = ask(server, Milliseconds(1500));
    EXPECT_EQ(result.verdict, Verdict::unknown);
    EXPECT_NE(result.reason.find("asked 2 times"), std::string::npos) << result.reason;
    CheckWorld world;
    EXPECT_EQ(world.run("http", HttpCheck{"http://name.invalid/", 200, "", Milliseconds(500)}).verdict,
              Verdict::unknown);
}

TEST(HttpChecks, FailWhenTheLastAnswerWasWrong) {
    const HttpServer server({"500 Internal Server Error"});
    EXPECT_EQ(ask(server, Milliseconds(500)).verdict, Verdict::failed);
}

TEST(HttpChecks, GoThroughTheApplication) {
    EXPECT_TRUE(goes_through_application({"http", HttpCheck{}, {}, {}}));
    EXPECT_FALSE(goes_through_application({"sql", SqlCheck{}, {}, {}}));
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
}

TEST(CommandChecks, CannotTellWhenTheCommandDoesNotRunToItsEnd) {
    EXPECT_EQ(run_command({"/no/such/program"}).verdict, Verdict::unknown);
    EXPECT_EQ(run_command({"sh", "-c", "no-such-program"}).verdict, Verdict::unknown);
    EXPECT_EQ(run_command({"sh", "-c", "kill -KILL $$"}).verdict, Verdict::unknown);
    EXPECT_EQ(run_command({"sleep", "60"}, Milliseconds(200)).verdict, Verdict::unknown);
}

}  // namespace
}  // namespace lastgood::test
