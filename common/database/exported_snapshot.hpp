#pragma once

#include "database/catalogue.hpp"
#include "database/session.hpp"

#include <string>
#include <vector>

namespace lastgood {

/// One exported snapshot: a repeatable read, read only transaction that stays open while the object lives. Engines and
/// the digest workers import it.
class ExportedSnapshot {
  public:
    ExportedSnapshot(const ConnectionUrl& url, const std::string& application_name, Interruption& interruption);

    /// Holds the tables until the object goes: nobody drops, rewrites or truncates them meanwhile. Waits 30 s at most
    /// for those who do; Failure (4) then, and if a table was rewritten after the snapshot was taken: its old rows
    /// cannot be seen any more. Failure (3) where a right is missing. Fills in the tables' sizes as they are.
    void hold(std::vector<CatalogueTable>& tables);

    const std::string& id() const { return m_id; }  ///< for SET TRANSACTION SNAPSHOT and pg_dump --snapshot
    /// pg_current_snapshot(), subtransactions among the open ones.
    const std::string& position() const { return m_position; }
    Session& session() { return m_session; }

  private:
    void lock(const std::vector<CatalogueTable>& tables);
    void refuse_rewritten(const std::vector<CatalogueTable>& tables);
    void measure(std::vector<CatalogueTable>& tables);

    Session m_session;
    std::string m_id;
    std::string m_position;
};

}  // namespace lastgood
