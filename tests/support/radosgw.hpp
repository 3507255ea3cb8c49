#pragma once

#include "support/daemon.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace lastgood::test {

/// A throwaway S3 service: Ceph of Debian's packages, a monitor, one OSD in memory and radosgw, without authentication
/// among each other, on loopback ports and in a temporary directory of their own. One per test program, made on first
/// use (3 to 15 seconds), killed and removed at exit. Waits for conditions, never for time.
class Radosgw {
  public:
    static Radosgw& shared();
    Radosgw();
    ~Radosgw();
    Radosgw(const Radosgw&) = delete;
    Radosgw& operator=(const Radosgw&) = delete;

    std::string endpoint() const;  ///< http://127.0.0.1:<port>
    int port() const { return m_port; }
    void make_bucket(const std::string& name) const;
    std::string key_id() const { return "LASTGOODTEST"; }
    std::string key() const { return "the/key+of=the test"; }

  private:
    void configure();
    void start_monitor();
    void start_osd();
    void start_gateway();
    /// The program with our configuration, run to its end; std::runtime_error with its words if it fails.
    std::string ceph(std::vector<std::string> argv) const;
    std::unique_ptr<Daemon> daemon(std::vector<std::string> argv) const;

    std::filesystem::path m_root;
    std::string m_fsid;
    int m_monitor_port = 0;
    int m_port = 0;
    std::unique_ptr<Daemon> m_monitor;
    std::unique_ptr<Daemon> m_osd;
    std::unique_ptr<Daemon> m_gateway;
};

}  // namespace lastgood::test
