#include "database/row_versions.hpp"

#include <charconv>
#include <cstdint>
#include <stdexcept>
#include <string_view>
#include <system_error>

namespace lastgood {
namespace {

/// More ids than these are not asked one by one whether they are in progress: about a second's work.
constexpr const char* k_ids_asked = "1000000";

struct SnapshotBounds {
    std::uint64_t xmin;
    std::uint64_t xmax;
    std::string open;  ///< "12,15", ascending
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
    bounds.open.assign(xmax.ptr + 1, end);
    return bounds;
}

/// How far behind the snapshot's oldest open transaction a row's transaction is, modulo 2^32. Only age() turns an xid
/// into a number without a detour over text; both ages have the same reference, so their difference has none.
std::string distance_sql(const std::string& xmin, std::uint64_t oldest) {
    const auto oldest_xid = static_cast<std::uint32_t>(oldest);
    return "((pg_catalog.age('" + std::to_string(oldest_xid) + "'::pg_catalog.xid)::bigint - pg_catalog.age(" + xmin +
           ")) & 4294967295)";
}

std::string is_special(const std::string& xmin) {
    return "(" + xmin + " = '1'::pg_catalog.xid or " + xmin + " = '2'::pg_catalog.xid)";  // bootstrap and frozen
}

std::string seen_sql(const std::string& xmin, const std::string& snapshot) {
    return "pg_catalog.pg_visible_in_snapshot((" + transaction_since_sql(xmin, snapshot) +
           ")::text::pg_catalog.xid8, '" + snapshot + "'::pg_catalog.pg_snapshot)";
}

}  // namespace

std::string snapshot_position_sql() {
    return "with s as materialized (select pg_catalog.pg_current_snapshot() as now),"
           " bounds as (select now, pg_catalog.pg_snapshot_xmin(now)::text::bigint as xmin,"
           " pg_catalog.pg_snapshot_xmax(now)::text::bigint as xmax from s),"
           " open as (select pg_catalog.pg_snapshot_xip(now)::text::bigint as id from s union"
           " select id from bounds, pg_catalog.generate_series(greatest(xmin + 1, xmax - " +
           std::string(k_ids_asked) +
           "), xmax - 1) id where pg_catalog.pg_xact_status(id::text::pg_catalog.xid8) = 'in progress')"
           " select xmin || ':' || xmax || ':' ||"
           " coalesce((select pg_catalog.string_agg(id::text, ',' order by id) from open), '') from bounds";
}

std::string since_snapshot_sql(const std::string& xmin, const std::string& snapshot) {
    const SnapshotBounds bounds = bounds_of(snapshot);
    const std::string now = "(select pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text::bigint - " +
                            std::to_string(bounds.xmin) + ")";
    // An older transaction is nearly 2^32 away: the first comparison settles it.
    return "(" + distance_sql(xmin, bounds.xmin) + " < " + now + " and not " + is_special(xmin) + ")";
}

std::string newer_than_snapshot_sql(const std::string& xmin, const std::string& snapshot) {
    const SnapshotBounds bounds = bounds_of(snapshot);
    return "(case when not " + since_snapshot_sql(xmin, snapshot) + " then false when " +
           distance_sql(xmin, bounds.xmin) + " >= " + std::to_string(bounds.xmax - bounds.xmin) +
           " then true else not " + seen_sql(xmin, snapshot) + " end)";
}

std::string perhaps_newer_sql(const std::string& xmin, const std::string& snapshot) {
    const SnapshotBounds bounds = bounds_of(snapshot);
    if (bounds.open.empty()) return "false";
    const std::string distance = distance_sql(xmin, bounds.xmin);
    const std::uint64_t first_open = std::stoull(bounds.open);
    return "(case when " + distance + " >= " + std::to_string(bounds.xmax - bounds.xmin) + " or " + distance +
           " <= " + std::to_string(first_open - bounds.xmin) + " or " + is_special(xmin) + " then false else " +
           seen_sql(xmin, snapshot) + " end)";
}

std::string transaction_since_sql(const std::string& xmin, const std::string& snapshot) {
    const SnapshotBounds bounds = bounds_of(snapshot);
    return "(" + std::to_string(bounds.xmin) + "::bigint + " + distance_sql(xmin, bounds.xmin) + ")";
}

}  // namespace lastgood
