#pragma once

#include "database/exported_snapshot.hpp"
#include "database/sequences_beyond.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace lastgood {

/// A place in the write-ahead log of a cluster at which a recovery can be told to end.
struct NamedPoint {
    std::string name;      ///< as pg_create_restore_point() got it: at most 63 bytes
    std::string lsn;       ///< "0/3000090"
    std::string segment;   ///< file that holds it: "000000010000000000000003"
    std::string timeline;  ///< "1"
};

/// What the session's role needs for it: EXECUTE on pg_create_restore_point and pg_switch_wal in this database,
/// pg_read_all_settings, and a server that archives. "" or why it cannot be, and what would help.
struct PointHindrance {
    std::string what;
    std::string next;
};
PointHindrance hindrance_to_points(Session& session);

/// Makes a point now. What commits around it may or may not be before it.
NamedPoint make_point(Session& session, const std::string& name);

/// A point and a snapshot that sees exactly what is committed before it.
struct ExactPoint {
    NamedPoint point;
    std::unique_ptr<ExportedSnapshot> snapshot;
    IssuedNumbers issued;  ///< read before the point, since no snapshot holds a sequence: a restore has these, or more
};

/// A commit reaches the log before others see it, so the two agree only where nobody is about to commit: such a moment
/// is waited for, and where none comes the tables of the database are locked against writers for some milliseconds.
/// Failure (4) if neither succeeds; says who stood in the way. Points are named `name`_1, `name`_2, ...
ExactPoint make_exact_point(const ConnectionUrl& url, const std::string& application_name, const std::string& name,
                            Interruption& interruption);

/// Closes the segment and waits until the server has archived it. Failure (4) if it does not within `patience`, with
/// what the server says of its archive_command.
void wait_until_archived(Session& session, const NamedPoint& point, std::chrono::milliseconds patience);

}  // namespace lastgood
