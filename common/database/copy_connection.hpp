#pragma once

#include "database/connection_url.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace lastgood {

class Canceller;
class Interruption;

/// A connection that streams COPY, under the settings of the content digest (digest_query.hpp), in one transaction from
/// begin() to commit(). Errors are DatabaseError; a signal cancels on the server and throws Interrupted. Statements are
/// UTF-8; COPY wants ENCODING server_encoding() for rows that are as the digest's.
class CopyConnection {
  public:
    /// Failure (3) when it cannot connect.
    CopyConnection(const ConnectionUrl& url, const std::string& application_name, Interruption& interruption);
    ~CopyConnection();
    CopyConnection(const CopyConnection&) = delete;
    CopyConnection& operator=(const CopyConnection&) = delete;

    /// A transaction that sees the snapshot and changes nothing.
    void begin_reading(const std::string& snapshot);
    void begin();
    void commit();
    /// One or several statements.
    void execute(const std::string& sql);
    std::string server_encoding() const;
    int server_version() const;  ///< server_version_num

    /// `COPY ... TO STDOUT`: `on_line` gets each line with its newline. What it throws ends the copy and is thrown.
    void copy_out(const std::string& sql, const std::function<void(std::string_view)>& on_line);
    /// `COPY ... FROM STDIN`: `next` yields blocks of any size, "" at the end. What it throws ends the copy, which then
    /// has brought nothing, and is thrown.
    void copy_in(const std::string& sql, const std::function<std::string_view()>& next);

  private:
    friend class CopyIn;
    struct State;
    std::unique_ptr<State> m_state;
};

/// `COPY ... FROM STDIN` whose rows come one after the other. One that is not finished has brought nothing.
class CopyIn {
  public:
    CopyIn(CopyConnection& connection, const std::string& sql);
    ~CopyIn();
    CopyIn(const CopyIn&) = delete;
    CopyIn& operator=(const CopyIn&) = delete;

    /// Octets of COPY's format, cut anywhere. What the server has against them may be thrown later.
    void put(std::string_view bytes);
    void finish();

  private:
    CopyConnection::State& m_state;
    std::unique_ptr<Canceller> m_canceller;
    bool m_open = true;
};

}  // namespace lastgood
