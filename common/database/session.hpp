#pragma once

#include "database/connection_url.hpp"

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace lastgood {

class Interruption;

/// A statement failed, or the connection did. `message` is the server's, with its DETAIL, HINT and LINE lines.
class DatabaseError : public std::runtime_error {
  public:
    DatabaseError(const std::string& message, std::string sqlstate, bool connection_lost);
    const std::string& sqlstate() const { return m_sqlstate; }  ///< "" when the server said nothing
    bool connection_lost() const { return m_connection_lost; }
    /// The first line, without "ERROR:  ".
    std::string primary() const;

  private:
    std::string m_sqlstate;
    bool m_connection_lost;
};

/// A result, all values as text.
class Rows {
  public:
    using Row = std::vector<std::optional<std::string>>;
    Rows(std::vector<Row> rows, long affected) : m_rows(std::move(rows)), m_affected(affected) {}
    std::size_t size() const { return m_rows.size(); }
    bool empty() const { return m_rows.empty(); }
    const Row& operator[](std::size_t index) const { return m_rows[index]; }
    auto begin() const { return m_rows.begin(); }
    auto end() const { return m_rows.end(); }
    long affected() const { return m_affected; }
    /// The value of the first column of the only row. Throws std::logic_error if there is not exactly one row.
    const std::optional<std::string>& only() const;

  private:
    std::vector<Row> m_rows;
    long m_affected;
};

/// One connection. A signal cancels what runs on the server (PQcancel) and the call then throws Interrupted.
/// Not for two threads at once. application_name is set by whoever opens it and shows up in pg_stat_activity, where the
/// next program looks for what a killed one left (see backends.hpp).
class Session {
  public:
    /// Failure (3) when it cannot connect: names host, database and user and the server's words, never the password.
    Session(const ConnectionUrl& url, const std::string& application_name, Interruption& interruption);
    ~Session();
    Session(Session&&) noexcept;
    Session& operator=(Session&&) noexcept;

    /// One statement, with $1... bound as text.
    Rows query(const std::string& sql, const std::vector<std::string>& parameters = {});
    /// As query() where exactly one value is expected; NULL is an empty optional.
    std::optional<std::string> value(const std::string& sql, const std::vector<std::string>& parameters = {});
    /// One or several statements in one simple query, no parameters: an implicit transaction of their own.
    void execute(const std::string& sql);
    /// As execute(): what the last of the statements yields.
    Rows script(const std::string& sql);

    std::string quote_name(const std::string& identifier) const;
    std::string quote_literal(const std::string& text) const;
    int server_version() const;  ///< server_version_num
    int backend_pid() const;
    /// False once the connection is known to be gone.
    bool alive();
    const ConnectionUrl& url() const;
    Interruption& interruption() const;  ///< for what opens a further connection on behalf of this one

  private:
    friend class Transaction;
    struct State;
    std::unique_ptr<State> m_state;
};

/// BEGIN ... COMMIT around a scope; rolled back unless commit() was called. If the connection is lost in COMMIT,
/// commit() throws Failure with exit code 6.
class Transaction {
  public:
    explicit Transaction(Session& session, const std::string& begin = "BEGIN");
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    void commit();

  private:
    Session& m_session;
    bool m_open = true;
};

/// `"a ""b"""`
std::string quoted_name(const std::string& identifier);
/// The text as an SQL literal, whatever standard_conforming_strings says.
std::string quoted_literal(const std::string& text);

/// Rows of text as a PostgreSQL array literal: {"a","b"}.
std::string array_literal(const std::vector<std::string>& values);
/// The elements of a one-dimensional array's text, NULLs as "".
std::vector<std::string> parse_array(const std::string& text);

}  // namespace lastgood
