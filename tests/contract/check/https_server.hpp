#pragma once

#include "outside/files.hpp"
#include "support/child_process.hpp"
#include "support/daemon.hpp"
#include "support/loopback_socket.hpp"

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <unistd.h>

namespace lastgood::test {

/// `openssl s_server` on the loopback, with a certificate of its own that ends in so many days.
class HttpsServer {
  public:
    explicit HttpsServer(int days) {
        const auto made = run_child({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                                     "-nodes", "-keyout", key(), "-out", certificate(), "-days", std::to_string(days),
                                     "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"});
        if (made.status != 0) throw std::runtime_error(made.err);
        for (int attempt = 0; attempt < 5; ++attempt)
            if (start()) return;
        throw std::runtime_error(read_file(m_directory.path() / "log"));
    }
    std::string url() const { return "https://127.0.0.1:" + std::to_string(m_port) + "/"; }
    std::string certificate() const { return m_directory.path() / "certificate.pem"; }

  private:
    std::string key() const { return m_directory.path() / "key.pem"; }
    /// Another may have taken the port meanwhile: then it ends.
    bool start() {
        m_port = free_loopback_port();
        m_server = std::make_unique<Daemon>(
            std::vector<std::string>{"openssl", "s_server", "-quiet", "-www", "-accept",
                                     "127.0.0.1:" + std::to_string(m_port), "-cert", certificate(), "-key", key()},
            m_directory.path() / "log");
        while (!m_server->has_ended()) {
            const int connection = loopback_connection(m_port);
            if (connection < 0) continue;
            close(connection);
            return true;
        }
        return false;
    }

    TemporaryDirectory m_directory{"lastgood-https"};
    int m_port = 0;
    std::unique_ptr<Daemon> m_server;
};

}  // namespace lastgood::test
