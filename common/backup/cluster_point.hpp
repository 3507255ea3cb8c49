#pragma once

#include <string>

namespace lastgood {

class PointReader;
class PointWriter;

/// Where a restore point of a whole cluster is: not in our store, but in a repository of pgBackRest. The object
/// `cluster.json` of the restore point.
struct ClusterPoint {
    std::string stanza;
    std::string label;           ///< of the backup
    std::string target;          ///< name of the point in the write-ahead log at which recovery ends
    std::string lsn;             ///< of that point
    std::string segment;         ///< file of the write-ahead log that holds it
    std::string timeline;        ///< on which it was made
    std::string data_directory;  ///< of the live server
};

void write_cluster_point(PointWriter& target, const ClusterPoint& point);
/// Failure (4) if it cannot be read.
ClusterPoint read_cluster_point(const PointReader& objects);

}  // namespace lastgood
