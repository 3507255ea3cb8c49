#pragma once

#include "database/reading_order.hpp"
#include "database/snapshot_reader.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace lastgood {

/// Connections that read parts of tables side by side, all at one snapshot.
class TableReaders {
  public:
    /// Opens the first. `snapshot` is an exported one; "": the first's own view, which it then exports to the others.
    TableReaders(const ReadingOrder& order, const std::string& snapshot, SettingsOf settings);

    Session& first() { return m_readers.front()->session(); }
    /// Does work(reader, 0) ... work(reader, parts - 1), in that order, by as many readers as the order says. The first
    /// failure cancels what the others are at, and is thrown when all have ended.
    void read(std::size_t parts, const std::function<void(Session&, std::size_t)>& work);

  private:
    void open_others(std::size_t parts);
    void limit(Session& session) const;

    const ReadingOrder& m_order;
    std::string m_snapshot;
    SettingsOf m_settings;
    std::vector<std::unique_ptr<SnapshotReader>> m_readers;
};

}  // namespace lastgood
