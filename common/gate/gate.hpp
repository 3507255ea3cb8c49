#pragma once

#include "database/connection_url.hpp"
#include "gate/touched_rows.hpp"
#include "outside/descriptor.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace lastgood {

class GateListener;
class Interruption;

/// The only way to a database for a program that must reach nothing else: it speaks PostgreSQL's protocol, logs in at
/// the server itself, and passes messages on. Whatever database and user the program asks for, it gets `target`; it
/// needs no credentials of the server's.
///
/// What the program wishes in its startup packet (client_encoding, search_path, options, ...) becomes part of its
/// session; settings that the target's own options carry win, and application_name is ours. SET may change either
/// later. Replication is refused, TLS to the program is declined, TLS to the server is libpq's; encryption by GSSAPI
/// is not used. Octets pass as they come: only a Query and a Parse are held until they are whole.
///
/// Each connection has a thread. A signal cancels what runs and ends them all. A program that leaves or dies leaves no
/// backend behind, as far as what runs there can be cancelled within 10 s.
class Gate {
  public:
    struct Order {
        ConnectionUrl target;
        std::string application_name;
        int connections = 16;  ///< at the same time; who comes then is refused (53300)
        std::chrono::milliseconds login_within{60'000};
        bool one_transaction = false;  ///< see commit()
    };
    Gate(Order order, GateListener& listener, Interruption& interruption);
    /// As close(), but does not wait for programs that are leaving.
    ~Gate();
    Gate(const Gate&) = delete;
    Gate& operator=(const Gate&) = delete;

    /// Takes what connects to a socket that an isolated child listens on (Isolation::take_listener), from now on and
    /// instead of the one that was given before. Nobody but the child reaches that socket, so any password will do, or
    /// none.
    void serve(Descriptor listening_socket);
    /// What such a child is given: its 127.0.0.1 and that port.
    ConnectionUrl url(std::uint16_t port) const;

    /// For programs that need no isolation: a socket in a private directory, or 127.0.0.1 on a port that was free. The
    /// password is asked for, so that no other process of the machine gets in. What the program is given.
    ConnectionUrl listen_in_directory();
    ConnectionUrl listen_on_loopback();
    /// Made at random; part of every URL. Hand it to Redaction before a program could print it.
    const Secret& password() const;

    /// Takes no more connections and returns when all are gone from the server. Programs that are leaving may do so;
    /// those that do not within a second are cut off.
    void close();

    /// Of a gate with `one_transaction`: everything that programs do, one after the other, happens in one transaction
    /// of ours, whatever they commit. A program's own blocks, and each statement outside of them, become savepoints;
    /// what it is answered is what it would have heard without us, deferred constraints included. Differences: its
    /// ISOLATION LEVEL and DEFERRABLE are ignored; now() stands still, locks are kept and triggers on commit wait until
    /// the end; what cannot run in a transaction block fails with the server's words, and so do AND CHAIN and two-phase
    /// commit; BEGIN, COMMIT and ROLLBACK must be sent alone, not among other statements of one query; SET LOCAL ends
    /// with its block, but set_config() in a function does not; idle_in_transaction_session_timeout counts while a
    /// person thinks. There is one connection at a time, and one that comes later gets the same session, reset. A
    /// program that dies in the middle of a long message takes the transaction with it.
    ///
    /// commit() and rollback() close() first. commit() throws as Transaction::commit does, Failure (4) if the
    /// transaction was lost before, and (6) if the program ended it by a statement that was not recognized; the
    /// listener gets before_commit. Nothing happens if no program came. Without either the transaction is rolled back.
    void commit();
    void rollback();
    /// What statements touched, in their order, and has not been taken back by the program itself. After close().
    std::vector<TouchedRows> rows() const;

  private:
    struct State;
    std::unique_ptr<State> m_state;
};

}  // namespace lastgood
