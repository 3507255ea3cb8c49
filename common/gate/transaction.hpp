#pragma once

#include "database/connection_url.hpp"
#include "gate/server.hpp"
#include "gate/touched_rows.hpp"

#include <memory>
#include <string>
#include <vector>

namespace lastgood {

class Bell;
class GateListener;
struct GateSession;

/// The one transaction of a gate: everything its programs do, one program after the other, happens in it; then its
/// owner commits it or rolls it back. Not for two threads at once.
class GateTransaction {
  public:
    GateTransaction(ConnectionUrl target, std::string application_name, GateListener& listener, const Bell& closing);
    /// Rolls back.
    ~GateTransaction();
    GateTransaction(const GateTransaction&) = delete;
    GateTransaction& operator=(const GateTransaction&) = delete;

    /// A program has logged in: the first begins the transaction, and each gets the session as if it were new, with
    /// the settings that it wishes. DatabaseError with the words for the program.
    const GateSession& enter(const GateServer::Parameters& wished);
    /// Until the program leaves; what it did in a block that it has not ended is taken back.
    void converse(Stream& program);

    /// As Transaction::commit (session.hpp). Nothing if no program came.
    void commit();
    void rollback();
    const std::vector<TouchedRows>& rows() const { return m_rows.rows(); }

  private:
    void begin();
    void furnish(const GateServer::Parameters& wished);
    void require_ours() const;
    void require_alive();
    void lose(const std::string& why);
    void end(GateServer::Farewell farewell);

    ConnectionUrl m_target;
    std::string m_application_name;
    GateListener& m_listener;
    const Bell& m_closing;
    RowsLedger m_rows;
    std::unique_ptr<GateSession> m_session;
    bool m_ended = false;
    std::string m_lost;  ///< why it was ended, if not by its owner
    bool m_ended_by_program = false;
};

}  // namespace lastgood
