#pragma once

#include <string_view>

namespace lastgood {

/// Hears what happens on the connections of a gate. Each call comes from the thread of the connection, whose program
/// waits meanwhile: it must be quick, and must not throw. `pid` is that of the backend. Several connections call at the
/// same time.
class GateListener {
  public:
    virtual ~GateListener() = default;
    virtual void connected(int pid) { (void)pid; }
    /// A transaction is about to be committed by COMMIT, END or PREPARE TRANSACTION, alone or among other statements of
    /// one query; its locks are still held. What came before it has been done, but for the other statements of the same
    /// query. A statement outside of a block commits by itself, and so may CALL and DO: nothing is said of these, only
    /// looking from outside sees their locks.
    virtual void before_commit(int pid) { (void)pid; }
    /// `tag`: the server's, "UPDATE 3". `statement`: its beginning without literals (shown_statement.hpp),
    /// "" if it is not known.
    virtual void completed(int pid, std::string_view tag, std::string_view statement) {
        (void)pid;
        (void)tag;
        (void)statement;
    }
    /// The backend is gone.
    virtual void ended(int pid) { (void)pid; }
};

}  // namespace lastgood
