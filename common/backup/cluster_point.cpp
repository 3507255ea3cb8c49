#include "backup/cluster_point.hpp"

#include "core/failure.hpp"
#include "record/point_reader.hpp"
#include "record/point_writer.hpp"

#include <nlohmann/json.hpp>

namespace lastgood {

namespace {

using nlohmann::json;

constexpr const char* k_object = "cluster.json";

/// Each field and its name: written and read by the same row.
struct Field {
    const char* name;
    std::string ClusterPoint::*value;
};
constexpr Field k_fields[] = {
    {"stanza", &ClusterPoint::stanza},
    {"label", &ClusterPoint::label},
    {"target", &ClusterPoint::target},
    {"lsn", &ClusterPoint::lsn},
    {"segment", &ClusterPoint::segment},
    {"timeline", &ClusterPoint::timeline},
    {"data_directory", &ClusterPoint::data_directory},
};

}  // namespace

void write_cluster_point(PointWriter& target, const ClusterPoint& point) {
    json document = json::object();
    for (const Field& field : k_fields) document[field.name] = point.*field.value;
    target.put(k_object, document.dump(2) + "\n");
}

ClusterPoint read_cluster_point(const PointReader& objects) {
    try {
        const json document = json::parse(objects.get(k_object));
        ClusterPoint point;
        for (const Field& field : k_fields) point.*field.value = document.at(field.name).get<std::string>();
        return point;
    } catch (const json::exception& error) {
        throw Failure(ExitCode::failed_clean, std::string(k_object) + " cannot be read: " + error.what(), "nothing",
                      "lastgood backups list   shows the other restore points");
    }
}

}  // namespace lastgood
