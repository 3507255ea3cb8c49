#include "database/row_versions.hpp"

#include <charconv>
#include <cstdint>
#include <stdexcept>
#include <string_view>
#include <system_error>

namespace lastgood {
namespace {

struct SnapshotBounds {
    std::uint64_t xmin;
    std::uint64_t xmax;
};

SnapshotBounds bounds_of(const std::string& snapshot) {
    SnapshotBounds bounds{};
    const char* const end = snapshot.data() + snapshot.size();
    const auto xmin = std::from_chars(snapshot.data(), end, bounds.xmin);
    const bool more = xmin.ec == std::errc() && xmin.ptr != end && *xmin.ptr == ':';
    const auto xmax = std::from_chars(more ? xmin.ptr + 1 : end, end, bounds.xmax);
    const bool shaped =
        more && xmax.ec == std::errc() && xmax.ptr != end && *xmax.ptr == ':' && bounds.xmin <= bounds.xmax;
    if (!shaped || std::string_view(xmax.ptr + 1, end).find_first_not_of("0123456789,") != std::string_view::npos) {
        throw std::invalid_argument("not a snapshot: " + snapshot);
    }
    return bounds;
}

/// How far behind the snapshot's oldest open transaction a row's transaction is, modulo 2^32. Only age() turns an xid
/// into a number without a detour over text; both ages have the same reference, so their difference has none.
std::string distance_sql(const std::string& xmin, std::uint64_t oldest) {
    const auto oldest_xid = static_cast<std::uint32_t>(oldest);
    return "((pg_catalog.age('" + std::to_string(oldest_xid) + "'::pg_catalog.xid)::bigint - pg_catalog.age(" + xmin +
           ")) & 4294967295)";
}

}  // namespace

std::string newer_than_snapshot_sql(const std::string& xmin, const std::string& snapshot) {
    const SnapshotBounds bounds = bounds_of(snapshot);
    const std::string distance = distance_sql(xmin, bounds.xmin);
    const std::string now = "(select pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text::bigint - " +
                            std::to_string(bounds.xmin) + ")";
    const std::string seen = "pg_catalog.pg_visible_in_snapshot((" + transaction_since_sql(xmin, snapshot) +
                             ")::text::pg_catalog.xid8, '" + snapshot + "'::pg_catalog.pg_snapshot)";
    // An older transaction is nearly 2^32 away: the first comparison settles it. 1 and 2 are bootstrap and frozen.
    return "(case when " + distance + " >= " + now + " or " + xmin + " = '1'::pg_catalog.xid or " + xmin +
           " = '2'::pg_catalog.xid then false when " + distance + " >= " + std::to_string(bounds.xmax - bounds.xmin) +
           " then true else not " + seen + " end)";
}

std::string transaction_since_sql(const std::string& xmin, const std::string& snapshot) {
    const SnapshotBounds bounds = bounds_of(snapshot);
    return "(" + std::to_string(bounds.xmin) + "::bigint + " + distance_sql(xmin, bounds.xmin) + ")";
}

}  // namespace lastgood
