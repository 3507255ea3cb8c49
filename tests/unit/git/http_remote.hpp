#pragma once

#include "sandbox.hpp"

#include <cstdio>
#include <string>
#include <sys/types.h>

namespace lastgood::test {

/// Serves the repositories of a sandbox over HTTP with git's own server side (git http-backend), to the user
/// x-access-token with the password "t0ken" only. Ends with the object.
class HttpRemote {
  public:
    explicit HttpRemote(const Sandbox& box);
    ~HttpRemote();
    HttpRemote(const HttpRemote&) = delete;
    HttpRemote& operator=(const HttpRemote&) = delete;

    /// http://127.0.0.1:<port>/remote.git
    const std::string& url() const { return m_url; }

  private:
    FILE* m_server;
    pid_t m_pid = 0;
    std::string m_url;
};

}  // namespace lastgood::test
