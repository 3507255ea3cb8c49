#include "database/sequences_beyond.hpp"

#include "database/session.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace lastgood {
namespace {

__extension__ typedef __int128 Wide;
using SequenceName = std::pair<std::string, std::string>;

struct Sequence {
    std::optional<std::int64_t> last;
    std::int64_t increment;
    std::int64_t minimum;
    std::int64_t maximum;
};

std::map<SequenceName, Sequence> read_sequences(Session& session) {
    std::map<SequenceName, Sequence> sequences;
    for (const auto& row :
         session.query("SELECT schemaname, sequencename, last_value, increment_by, min_value, max_value"
                       " FROM pg_catalog.pg_sequences")) {
        Sequence sequence{};
        if (row[2]) sequence.last = std::stoll(*row[2]);
        sequence.increment = std::stoll(row[3].value());
        sequence.minimum = std::stoll(row[4].value());
        sequence.maximum = std::stoll(row[5].value());
        sequences.emplace(SequenceName{row[0].value(), row[1].value()}, sequence);
    }
    return sequences;
}

/// Where the standby's sequence has to stand; none if neither was ever used.
std::optional<std::int64_t> beyond(const std::optional<std::int64_t>& issued, const Sequence& standby,
                                   std::uint64_t margin) {
    if (!issued && !standby.last) return std::nullopt;
    const bool ascending = standby.increment > 0;
    const std::int64_t first = issued.value_or(*(standby.last ? standby.last : issued));
    const std::int64_t second = standby.last.value_or(first);
    const Wide furthest = ascending ? std::max(first, second) : std::min(first, second);
    const Wide step = static_cast<Wide>(margin) * standby.increment;
    const Wide wanted = furthest + step;
    const bool fits = wanted >= standby.minimum && wanted <= standby.maximum;
    const Wide target = fits ? wanted : furthest;
    return static_cast<std::int64_t>(
        std::clamp(target, static_cast<Wide>(standby.minimum), static_cast<Wide>(standby.maximum)));
}

std::set<SequenceName> without_right(Session& session, const std::string& privileges) {
    std::set<SequenceName> names;
    for (const auto& row :
         session.query("SELECT n.nspname, c.relname FROM pg_catalog.pg_class c"
                       " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
                       " WHERE NOT pg_catalog.pg_is_other_temp_schema(n.oid) AND CASE WHEN c.relkind = 'S'"
                       " THEN NOT pg_catalog.has_sequence_privilege(c.oid, $1) ELSE false END",
                       {privileges})) {
        names.emplace(row[0].value(), row[1].value());
    }
    return names;
}

}  // namespace

std::vector<std::string> sequences_out_of_reach(Session& live, Session& standby) {
    const auto in_live = read_sequences(live);
    const auto in_standby = read_sequences(standby);
    std::set<SequenceName> names = without_right(live, "SELECT, USAGE");
    names.merge(without_right(standby, "UPDATE"));
    std::vector<std::string> out_of_reach;
    for (const auto& name : names) {
        if (in_live.contains(name) && in_standby.contains(name)) out_of_reach.push_back(name.first + "." + name.second);
    }
    return out_of_reach;
}

IssuedNumbers issued_numbers(Session& session) {
    IssuedNumbers issued;
    for (const auto& [name, sequence] : read_sequences(session)) issued.emplace(name, sequence.last);
    return issued;
}

int move_sequences_beyond(Session& live, Session& standby, std::uint64_t margin) {
    return move_sequences_beyond(issued_numbers(live), standby, margin);
}

int move_sequences_beyond(const IssuedNumbers& issued, Session& standby, std::uint64_t margin) {
    std::vector<std::string> schemas;
    std::vector<std::string> names;
    std::vector<std::string> positions;
    for (const auto& [name, sequence] : read_sequences(standby)) {
        const auto same = issued.find(name);
        if (same == issued.end()) continue;
        const auto position = beyond(same->second, sequence, margin);
        if (!position || position == sequence.last) continue;
        schemas.push_back(name.first);
        names.push_back(name.second);
        positions.push_back(std::to_string(*position));
    }
    standby.query(
        "SELECT count(pg_catalog.setval(pg_catalog.format('%I.%I', s, n)::pg_catalog.regclass, v))"
        " FROM unnest($1::text[], $2::text[], $3::bigint[]) AS moved (s, n, v)",
        {array_literal(schemas), array_literal(names), array_literal(positions)});
    return static_cast<int>(names.size());
}

}  // namespace lastgood
