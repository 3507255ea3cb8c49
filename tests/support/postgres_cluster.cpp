#include "support/postgres_cluster.hpp"

#include "support/child_process.hpp"
#include "support/loopback_socket.hpp"

#include <cctype>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <pwd.h>
#include <stdexcept>
#include <unistd.h>
#include <vector>

namespace lastgood::test {
namespace {

constexpr int k_port_attempts = 5;

std::filesystem::path find_bindir() {
    if (const char* given = std::getenv("LASTGOOD_PG_BINDIR")) return given;
    for (int major = 18; major >= 13; --major) {
        std::filesystem::path candidate = "/usr/lib/postgresql/" + std::to_string(major) + "/bin";
        if (std::filesystem::exists(candidate / "initdb")) return candidate;
    }
    throw std::runtime_error("no PostgreSQL server below /usr/lib/postgresql: apt-get install postgresql");
}

/// PostgreSQL refuses to run as root.
std::vector<std::string> as_server_user(std::vector<std::string> argv) {
    if (geteuid() != 0) return argv;
    std::vector<std::string> all{"setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"};
    all.insert(all.end(), argv.begin(), argv.end());
    return all;
}

void must(const std::vector<std::string>& argv) {
    const ChildResult result = run_child(argv);
    if (result.status != 0) throw std::runtime_error(argv.back() + ": " + result.out + result.err);
}

std::filesystem::path make_root() {
    std::string name = (std::filesystem::temp_directory_path() / "lastgood-postgres-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
    if (geteuid() == 0) {
        const passwd* user = getpwnam("postgres");
        if (user == nullptr || chown(name.c_str(), user->pw_uid, user->pw_gid) != 0) {
            throw std::runtime_error("the tests run as root and need the user postgres");
        }
    }
    return name;
}

std::string encode(const std::string& text) {
    std::string encoded;
    for (const unsigned char byte : text) {
        if (std::isalnum(byte) != 0 || std::strchr("-_.~", byte) != nullptr) {
            encoded += static_cast<char>(byte);
        } else {
            constexpr char k_digits[] = "0123456789ABCDEF";
            encoded += {'%', k_digits[byte >> 4], k_digits[byte & 15]};
        }
    }
    return encoded;
}

std::string quoted_name(const std::string& identifier) {
    std::string name = "\"";
    for (const char c : identifier) name += c == '"' ? std::string("\"\"") : std::string(1, c);
    return name + '"';
}

std::string log_of(const std::filesystem::path& root) {
    std::ifstream log(root / "log");
    return {std::istreambuf_iterator<char>(log), {}};
}

}  // namespace

PostgresCluster& PostgresCluster::shared() {
    static PostgresCluster cluster;
    return cluster;
}

PostgresCluster::PostgresCluster(const std::string& extra_settings) : m_root(make_root()) {
    must(as_server_user({bindir() / "initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8",
                         "--locale=C.UTF-8", "--no-sync", "--no-instructions", "--pgdata=" + data().string()}));
    std::ofstream(data() / "postgresql.conf", std::ios::app)
        << "listen_addresses = '127.0.0.1'\nunix_socket_directories = '" << m_root.string()
        << "'\nfsync = off\nfull_page_writes = off\ntimezone = 'UTC'\nmax_prepared_transactions = 10\n"
        << extra_settings << '\n';
    start_somewhere();
}

PostgresCluster::PostgresCluster(const PostgresCluster& primary, const std::string& extra_settings)
    : m_root(make_root()) {
    must(as_server_user({bindir() / "pg_basebackup", "--checkpoint=fast", "--no-sync", "--write-recovery-conf",
                         "--dbname=" + primary.url(), "--pgdata=" + data().string()}));
    std::ofstream(data() / "postgresql.conf", std::ios::app)
        << "unix_socket_directories = '" << m_root.string() << "'\n"
        << extra_settings << '\n';
    start_somewhere();
}

void PostgresCluster::start_somewhere() {
    for (int attempt = 1;; ++attempt) {
        m_port = free_loopback_port();
        try {
            start();
            return;
        } catch (const std::runtime_error&) {
            if (attempt == k_port_attempts) throw;
        }
    }
}

PostgresCluster::~PostgresCluster() {
    if (std::getenv("LASTGOOD_TEST_KEEP") != nullptr) {
        std::cerr << "kept: " << url() << " in " << m_root << '\n';
        return;
    }
    try {
        stop("immediate");
    } catch (const std::runtime_error&) {  // not running: nothing to stop
    }
    std::error_code ignored;
    std::filesystem::remove_all(m_root, ignored);
}

std::string PostgresCluster::url(const std::string& database, const std::string& user) const {
    const std::string place = "@127.0.0.1:" + std::to_string(m_port) + "/" + encode(database);
    if (m_password.empty()) return "postgres://" + encode(user) + place;
    return "postgres://" + encode(user) + ":" + encode(m_password) + place +
           "?sslmode=verify-full&sslrootcert=" + encode((m_root / "certificate").string());
}

void PostgresCluster::demand_tls_and_password(const std::string& password) {
    sql("postgres", "alter role postgres password '" + password + "'");
    const std::filesystem::path certificate = m_root / "certificate";
    const std::filesystem::path key = m_root / "key";
    must(as_server_user({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                         "-nodes", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout",
                         key.string(), "-out", certificate.string()}));
    std::ofstream(data() / "postgresql.conf", std::ios::app)
        << "ssl = on\nssl_cert_file = '" << certificate.string() << "'\nssl_key_file = '" << key.string() << "'\n";
    std::ofstream(data() / "pg_hba.conf") << "hostssl all all 127.0.0.1/32 scram-sha-256\n";
    m_password = password;
    stop();
    start();
}

int PostgresCluster::port() const {
    return m_port;
}

std::filesystem::path PostgresCluster::bindir() const {
    static const std::filesystem::path found = find_bindir();
    return found;
}

std::filesystem::path PostgresCluster::data() const {
    return m_root / "data";
}

std::string PostgresCluster::create_database(const std::string& name, const std::string& options) {
    std::string database = name.empty() ? "t" + std::to_string(++m_databases) : name;
    sql("postgres", "create database " + quoted_name(database) + " " + options);
    return database;
}

std::string PostgresCluster::sql(const std::string& database, const std::string& statements) const {
    const ChildResult result = run_child(
        {bindir() / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url(database)}, statements + "\n");
    if (result.status != 0) throw std::runtime_error(result.err);
    std::string out = result.out;
    while (!out.empty() && out.back() == '\n') out.pop_back();
    return out;
}

void PostgresCluster::stop(const std::string& mode) {
    must(as_server_user({bindir() / "pg_ctl", "-w", "-t", "60", "-D", data(), "-m", mode, "stop"}));
}

void PostgresCluster::start() {
    const ChildResult result =
        run_child(as_server_user({bindir() / "pg_ctl", "-w", "-t", "60", "-D", data(), "-l", m_root / "log", "-o",
                                  "-p " + std::to_string(m_port), "start"}));
    if (result.status != 0) throw std::runtime_error(result.out + result.err + log_of(m_root));
}

}  // namespace lastgood::test
