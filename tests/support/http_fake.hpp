#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace lastgood::test {

struct FakeRequest {
    std::string method;
    std::string target;                          ///< path and query
    std::map<std::string, std::string> headers;  ///< names in lower case
    std::string body;
};

struct FakeAnswer {
    int status = 200;
    std::string body;
    std::map<std::string, std::string> headers;
};

/// An HTTP server on the loopback whose answers a test makes: for what no real service can be had for, or made to say.
/// One request after the other.
class HttpFake {
  public:
    using Handler = std::function<FakeAnswer(const FakeRequest&)>;
    explicit HttpFake(Handler handler);
    ~HttpFake();
    HttpFake(const HttpFake&) = delete;
    HttpFake& operator=(const HttpFake&) = delete;

    std::string endpoint() const;  ///< http://127.0.0.1:<port>
    /// What has come so far.
    std::vector<FakeRequest> requests() const;

  private:
    void serve();
    void answer(int client);

    Handler m_handler;
    int m_socket;
    int m_port;
    mutable std::mutex m_mutex;
    std::vector<FakeRequest> m_requests;
    std::thread m_thread;
};

}  // namespace lastgood::test
