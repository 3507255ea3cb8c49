#include "support/radosgw.hpp"

#include "outside/files.hpp"
#include "outside/http.hpp"
#include "outside/interruption.hpp"
#include "support/child_process.hpp"
#include "support/loopback_socket.hpp"

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>
#include <unistd.h>

namespace lastgood::test {
namespace {

constexpr int k_port_attempts = 3;
constexpr std::chrono::seconds k_patience{60};

std::filesystem::path make_root() {
    std::string name = (std::filesystem::temp_directory_path() / "lastgood-radosgw-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
    return name;
}

std::string new_uuid() {
    std::ifstream source("/proc/sys/kernel/random/uuid");
    std::string uuid;
    source >> uuid;
    return uuid;
}

std::string contents_of(const std::filesystem::path& file) {
    std::ifstream stream(file);
    return {std::istreambuf_iterator<char>(stream), {}};
}

bool is_listening(int port) {
    const int connection = loopback_connection(port);
    if (connection >= 0) close(connection);
    return connection >= 0;
}

}  // namespace

Radosgw& Radosgw::shared() {
    static Radosgw gateway;
    return gateway;
}

Radosgw::Radosgw() {
    for (int attempt = 1;; ++attempt) {
        m_root = make_root();
        try {
            configure();
            start_monitor();
            start_osd();
            start_gateway();
            return;
        } catch (const std::runtime_error& error) {
            const std::string log = contents_of(m_root / "log");
            m_gateway.reset();
            m_osd.reset();
            m_monitor.reset();
            std::filesystem::remove_all(m_root);
            if (attempt == k_port_attempts) throw std::runtime_error(error.what() + ("\n" + log));
        }
    }
}

Radosgw::~Radosgw() {
    m_gateway.reset();
    m_osd.reset();
    m_monitor.reset();
    std::error_code ignored;
    std::filesystem::remove_all(m_root, ignored);
}

void Radosgw::make_bucket(const std::string& name) const {
    for (const char* proxy : {"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"}) ::unsetenv(proxy);
    const Interruption interruption;
    HttpRequest request;
    request.method = "PUT";
    request.url = endpoint() + "/" + name;
    request.headers = {{"x-amz-content-sha256", sha256("")}};
    request.signer = AwsSigner{key_id(), Secret(key()), "us-east-1", "s3"};
    const HttpAnswer answer = HttpClient(interruption).send(request);
    if (answer.status != 200) throw std::runtime_error("no bucket: " + answer.trouble + answer.body);
}

std::string Radosgw::endpoint() const {
    return "http://127.0.0.1:" + std::to_string(m_port);
}

void Radosgw::configure() {
    m_fsid = new_uuid();
    m_monitor_port = free_loopback_port();
    m_port = free_loopback_port();
    const std::string root = m_root.string();
    // Without tcp_nodelay every answer with a body waits 40 ms for an acknowledgement. radosgw wants to reach the
    // monitor in its "secure" mode, which there is none of without authentication: crc. The monitor would end itself on
    // a file system that is nearly full: avail crit.
    std::ofstream(m_root / "ceph.conf") << "[global]\nfsid = " << m_fsid
                                        << "\nmon host = [v2:127.0.0.1:" << m_monitor_port << "]\n"
                                        << "auth cluster required = none\nauth service required = none\n"
                                           "auth client required = none\nms mon client mode = crc\n"
                                           "public addr = 127.0.0.1\ncluster addr = 127.0.0.1\n"
                                           "osd pool default size = 1\nosd pool default min size = 1\n"
                                           "osd pool default pg num = 4\nosd crush chooseleaf type = 0\n"
                                           "mon allow pool size one = true\nmon data avail crit = 0\n"
                                           "admin socket =\npid file =\nrun dir = "
                                        << root << "\nlog file = " << root << "/$name.log\n"
                                        << "[mon.a]\nmon data = " << root << "/mon\n"
                                        << "[osd.0]\nosd data = " << root
                                        << "/osd\nosd objectstore = memstore\nmemstore device bytes = 4G\n"
                                        << "[client.rgw]\nrgw data = " << root
                                        << "\nrgw frontends = beast endpoint=127.0.0.1:" << m_port
                                        << " tcp_nodelay=1\n";
}

std::string Radosgw::ceph(std::vector<std::string> argv) const {
    const std::vector<std::string> ours{"-c", m_root / "ceph.conf"};
    argv.insert(argv.begin() + 1, ours.begin(), ours.end());
    const ChildResult result = run_child(argv);
    if (result.status != 0) throw std::runtime_error(argv.front() + ": " + result.out + result.err);
    return result.out;
}

std::unique_ptr<Daemon> Radosgw::daemon(std::vector<std::string> argv) const {
    const std::vector<std::string> ours{"-f", "-c", m_root / "ceph.conf"};
    argv.insert(argv.begin() + 1, ours.begin(), ours.end());
    return std::make_unique<Daemon>(argv, m_root / "log");
}

void Radosgw::start_monitor() {
    std::filesystem::create_directory(m_root / "mon");
    const ChildResult map = run_child({"monmaptool", "--create", "--fsid", m_fsid, "--addv", "a",
                                       "[v2:127.0.0.1:" + std::to_string(m_monitor_port) + "]", m_root / "monmap"});
    if (map.status != 0) throw std::runtime_error(map.out + map.err);
    ceph({"ceph-mon", "-i", "a", "--mkfs", "--monmap", m_root / "monmap"});
    m_monitor = daemon({"ceph-mon", "-i", "a"});
}

void Radosgw::start_osd() {
    std::filesystem::create_directory(m_root / "osd");
    const std::string uuid = new_uuid();
    ceph({"ceph", "--connect-timeout", "30", "osd", "new", uuid});
    ceph({"ceph-osd", "-i", "0", "--mkfs", "--no-mon-config", "--osd-uuid", uuid});
    m_osd = daemon({"ceph-osd", "-i", "0"});
}

void Radosgw::start_gateway() {
    ceph({"radosgw-admin", "-n", "client.rgw", "user", "create", "--uid", "test", "--display-name", "test",
          "--access-key", key_id(), "--secret-key", key()});
    m_gateway = daemon({"radosgw", "-n", "client.rgw"});
    const auto deadline = std::chrono::steady_clock::now() + k_patience;
    while (!is_listening(m_port)) {
        if (m_gateway->has_ended()) throw std::runtime_error("radosgw has ended");
        if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("radosgw does not listen");
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
}

}  // namespace lastgood::test
