// What this return costs, beside the other ways out.
#include "database/server.hpp"
#include "steps/rollback/rollback.hpp"

namespace lastgood {

namespace {

ReturnWay way_of(const RollbackFacts& facts) {
    if (facts.cluster) return ReturnWay::cluster;
    if (facts.in_place) return ReturnWay::in_place;
    if (facts.instance) return ReturnWay::instance;
    return facts.standby ? ReturnWay::standby : ReturnWay::restore;
}

CostOfGoingDown cost_of(const WayDown& down, const LossReport& losses) {
    CostOfGoingDown cost;
    cost.possible = true;
    cost.tried = down.tried;
    cost.proven = down.proven;
    cost.why_not = down.why_not;
    cost.takes = down.took;
    cost.unseen = down.unseen;
    if (down.tried) cost.at_risk = at_risk(losses, down);
    return cost;
}

}  // namespace

/// Without the manifest nobody knows how old the restore point is.
std::optional<ReturnCost> Rollback::cost_now(Session& live) const {
    if (!m_facts.manifest) return std::nullopt;
    ReturnCost cost;
    cost.restore_point = m_facts.restore_point;
    cost.age = server_time(live) - parse_time(m_facts.manifest->taken_at);
    cost.way = way_of(m_facts);
    cost.losses = m_facts.losses;
    if (const auto down = known_way_down()) cost.down = cost_of(*down, m_facts.losses);
    if (const auto fence = Fences::noted(m_facts.run); fence && fence->kind != "read_only")
        cost.kept_out_since = Fences::noted_since(m_facts.run);
    // Other runs are read for whoever still decides: a return waits for nothing that it does not need.
    MeasuredReturns measured;
    if (m_ports.dry_run)
        measured = measured_returns(m_ports.restore_points.store(), m_ports.databases.scope(), m_ports.restore_points);
    estimate_times(cost, {m_facts.run, *m_facts.manifest, m_ports.restore_points.proof(m_facts.restore_point),
                          m_facts.repoints, measured});
    // A server that the proof left needs no restore.
    if (m_facts.instance && !m_facts.instance->server.empty()) cost.preparation = {std::chrono::milliseconds(0), ""};
    return cost;
}

}  // namespace lastgood
