#pragma once

#include <filesystem>
#include <string>

namespace lastgood::test {

/// A throwaway PostgreSQL of Debian's packages: initdb -A trust, a private socket directory and a loopback port of its
/// own, fsync off, started as the user `postgres` when the tests run as root. One per test binary, made on first use,
/// stopped and removed at exit (kept, with its path printed, if LASTGOOD_TEST_KEEP is set). Wait by pg_ctl -w, never by
/// time.
class PostgresCluster {
  public:
    static PostgresCluster& shared();
    explicit PostgresCluster(const std::string& extra_settings = "");  ///< lines of postgresql.conf
    /// A replica of `primary` that streams from it.
    PostgresCluster(const PostgresCluster& primary, const std::string& extra_settings);
    ~PostgresCluster();
    PostgresCluster(const PostgresCluster&) = delete;
    PostgresCluster& operator=(const PostgresCluster&) = delete;

    /// postgres://<user>@127.0.0.1:<port>/<database>
    std::string url(const std::string& database = "postgres", const std::string& user = "postgres") const;
    int port() const;
    std::filesystem::path bindir() const;
    std::filesystem::path data() const;
    /// A new, empty database with a name of its own ("t17"), or the given one. Dropped with the cluster.
    /// `options`: of CREATE DATABASE.
    std::string create_database(const std::string& name = "", const std::string& options = "");
    /// Runs SQL with psql as superuser; throws std::runtime_error with psql's words. Returns unaligned tuples-only
    /// output.
    std::string sql(const std::string& database, const std::string& statements) const;
    /// From now on, after a restart: TCP under TLS only, with a certificate made for it, and with this password of
    /// `postgres` (scram-sha-256). url() says so.
    void demand_tls_and_password(const std::string& password);
    void stop(const std::string& mode = "fast");  ///< smart, fast, immediate
    void start();

  private:
    /// On a port that is free.
    void start_somewhere();

    std::filesystem::path m_root;
    int m_port = 0;
    int m_databases = 0;
    std::string m_password;  ///< demanded if not empty
};

}  // namespace lastgood::test
