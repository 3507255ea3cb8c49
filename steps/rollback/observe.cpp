#include "core/failure.hpp"
#include "core/names.hpp"
#include "database/server.hpp"
#include "outside/clock.hpp"
#include "outside/console.hpp"
#include "record/point_reader.hpp"
#include "step/baseline.hpp"
#include "step/noted_transactions.hpp"
#include "step/rehearsal_report.hpp"
#include "step/standby.hpp"
#include "steps/rollback/rollback.hpp"

#include <algorithm>

namespace lastgood {

namespace {

/// What a swap to this restore point put aside, if what it put into its place is live still. Who did it may have had no
/// store to write it down.
std::optional<MarkedDatabase> failed_database_of(const std::vector<MarkedDatabase>& marked, std::uint32_t live,
                                                 const std::string& restore_point) {
    for (const auto& database : marked)
        if (database.mark.kind == "failed" && database.mark.successor == live &&
            database.mark.restore_point == restore_point)
            return database;
    return std::nullopt;
}

/// Without the store the newest standby's own mark says what it is.
std::optional<MarkedDatabase> newest_standby(const std::vector<MarkedDatabase>& marked) {
    std::optional<MarkedDatabase> newest;
    for (const auto& database : marked)
        if (database.mark.kind == "standby" && !database.allows_connections &&
            (!newest || database.mark.at > newest->mark.at))
            newest = database;
    return newest;
}

}  // namespace

void Rollback::observe_restore_point(RollbackFacts& facts) {
    Session maintenance = m_ports.databases.maintenance("observe");
    m_programs = std::make_unique<ClientPrograms>(
        ClientPrograms::of_major(maintenance.server_version() / 10000, m_ports.processes, m_ports.environment));
    const auto marked = marked_databases(maintenance, m_ports.databases.scope());
    if (m_ports.options.without_store) {
        facts.standby = newest_standby(marked);
        if (!facts.standby) return;
        facts.restore_point = facts.standby->mark.restore_point;
        facts.good = facts.standby->mark.revision;
        return;
    }
    facts.restore_point = restore_point_id(m_ports.databases.scope(), facts.run);
    facts.manifest = m_ports.restore_points.manifest(facts.restore_point);
    if (facts.manifest) {
        m_digest = m_ports.restore_points.manifest_digest(facts.restore_point);
        facts.good = facts.manifest->fits_revision;
        if (const auto proof = m_ports.restore_points.proof(facts.restore_point); proof && proof->method == "restore")
            facts.restore_took = std::chrono::milliseconds(proof->took_ms);
    }
    if (facts.manifest && (is_cluster_engine(facts.manifest->engine) || is_instance_engine(facts.manifest->engine)))
        return;
    facts.standby = find_standby(marked, facts.restore_point, m_digest);
    facts.failed = failed_database_of(marked, facts.live.oid, facts.restore_point);
}

/// "" if pgBackRest has what the restore point wants, and the server is the one that it was taken of.
std::string Rollback::why_not_returnable(const Manifest& manifest, Session& live) {
    const auto engine = make_cluster_engine(manifest.engine, engine_context(), m_ports.pipeline.capture);
    const auto objects = m_ports.restore_points.open(manifest);
    const std::string directory = live.value("show data_directory").value_or("");
    const std::string wanted = read_cluster_point(*objects).data_directory;
    if (directory != wanted)
        return "the server's data is in " + directory + ", and the restore point is one of " + wanted;
    try {
        const std::string seen = identify(live).system_identifier;
        if (!seen.empty() && seen != engine->system_identifier())
            return "pgBackRest's stanza is of another cluster than the live one";
        engine->list(*objects);
        return "";
    } catch (const Failure& failure) {
        if (failure.code() == ExitCode::usage) throw;
        return failure.what_happened();
    }
}

void Rollback::observe_cluster(RollbackFacts& facts, Session& live) {
    ClusterWay way;
    way.done = ClusterReturn::is_restored(facts.run);
    m_facts.manifest = facts.manifest;
    way.by_hand = cluster_return().by_hand();
    way.lost = why_not_returnable(*facts.manifest, live);
    way.other_databases = other_databases(live, {facts.live.name, m_ports.pipeline.database.maintenance_database});
    way.slots = std::stol(*live.value("select count(*) from pg_catalog.pg_replication_slots where not temporary"));
    way.replicas = std::stol(*live.value("select count(*) from pg_catalog.pg_stat_replication"));
    facts.cluster = std::move(way);
}

/// How it was served, and what putting it into service again does besides.
void Rollback::observe_good_release(RollbackFacts& facts) {
    if (!facts.deploys || facts.good.commit.empty()) return;
    if (facts.manifest && facts.manifest->fits)
        if (const auto good = m_ports.good_releases.get(*facts.manifest->fits)) facts.served = good->served;
    Platform* const platform = m_ports.platform;
    const bool by_platform = platform != nullptr && m_ports.pipeline.deploy_settings().run.empty();
    facts.repoints = by_platform && platform->can_repoint() && m_ports.pipeline.database.located && !facts.in_place;
    facts.data_first = by_platform && platform->deploys_only_what_is_well();
    if (facts.repoints && (facts.failed || (facts.instance && facts.instance->done))) {
        const DatabaseAddress told = platform->database_address();
        facts.pointed = told.name == facts.live.name && told.host == m_ports.databases.live_url().part("host");
    }
    m_good_project.emplace(m_ports.project(facts.good));
    facts.redeploy_migrates = m_good_project->migrates_on_deploy();
}

RollbackFacts Rollback::observe() {
    RollbackFacts facts;
    facts.run = m_ports.run.state();
    facts.fence_noted = Fences::noted(facts.run).has_value();
    facts.deploys = m_ports.pipeline.deploys();
    Session live = m_ports.databases.live("observe");
    facts.live = identify(live);
    const RoleFacts role = role_facts(live);
    facts.role = role.name;
    facts.owns_live = role.owns_database || role.superuser;
    facts.may_create_databases = role.createdb || role.superuser;
    observe_restore_point(facts);
    if (facts.manifest && is_cluster_engine(facts.manifest->engine)) observe_cluster(facts, live);
    if (facts.manifest && is_in_place_engine(facts.manifest->engine)) observe_in_place(facts);
    if (facts.manifest && is_instance_engine(facts.manifest->engine)) observe_instance(facts);
    observe_good_release(facts);
    return facts;
}

std::optional<WayDown> Rollback::way_down() const {
    const bool asked = strategy_of(m_ports.pipeline, m_ports.options) != Strategy::restore;
    return asked ? known_way_down() : std::nullopt;
}

/// None where it is no question: nothing was migrated, or the record that tells of it is not at hand.
std::optional<WayDown> Rollback::known_way_down() const {
    const RunState& run = m_facts.run;
    // A hotfix is no migration: it has no way down.
    if (run.hotfix || !m_facts.manifest || m_ports.options.without_store || !m_ports.options.to_run.empty())
        return std::nullopt;
    const auto begun = run.first_begun.find("migrate/migrate");
    if (begun == run.first_begun.end()) return std::nullopt;
    WayDown way;
    way.begun = run.first_begun.count("rollback/go-down") != 0;
    const auto rehearsed = run.ended.find("migrate/rehearse");
    if (rehearsed == run.ended.end()) {
        way.why_not = "nothing was rehearsed";
        return way;
    }
    const RehearsedWayDown down = rehearsed_before(rehearsed->second).down;
    way.took = down.took;
    way.tried = down.tried;
    way.touched = down.touched;
    way.unseen = down.unseen;
    way.proven = down.proven && run.has_ended("migrate/migrate");
    if (!way.proven)
        way.why_not = !down.tried    ? "it was not tried in the rehearsal"
                      : !down.proven ? down.why_not
                                     : "the migration did not end as it did in the rehearsal";
    return way;
}

Plan Rollback::plan() {
    m_facts = observe();
    m_planned_aside = database_beside(m_ports.databases.live_name(),
                                      "failed_" + compact_time(now()) + "_" + short_hash(m_facts.run.id, 4));
    m_ports.runbook.name_failed(m_planned_aside);
    // What an interrupted restore left says nothing of what others wrote.
    const bool emptied =
        (m_facts.in_place && is_restoring_over(m_facts.run)) || (m_facts.instance && m_facts.instance->done);
    const bool swaps = what_returns(m_facts.run, m_ports.options) == Returns::code_and_data && !emptied;
    if (swaps && !m_facts.failed && (m_facts.manifest || m_facts.standby)) {
        m_ports.console.progress("counting what others wrote since the restore point");
        Session live = m_ports.databases.live("losses");
        m_own_transactions = own_transactions(live);
        m_facts.losses = losses_in(live);
        m_cost = cost_now(live);
    }
    m_facts.down = way_down();
    Plan plan = decide(m_facts, m_ports.pipeline, m_ports.options);
    if (!m_cost) return plan;
    auto lines = say_cost(*m_cost);
    plan.details[plan.remarks.size()] = {lines.begin() + 1, lines.end()};
    plan.remarks.push_back(std::move(lines.front()));
    plan.facts["cost"] = to_json(*m_cost);
    return plan;
}

LossQuestion Rollback::question() const {
    const RunState& run = m_facts.run;
    LossQuestion question = window_of(run);
    question.snapshot = m_facts.manifest ? m_facts.manifest->snapshot : m_facts.standby->mark.snapshot;
    // An older run's window says nothing about what came after it; nor does the standby's mark.
    question.window_known = !m_ports.options.without_store && run.open();
    if (m_facts.manifest) question.then = m_facts.manifest->contents.tables;
    return question;
}

std::vector<std::string> Rollback::own_transactions(Session& live) const {
    if (!m_facts.run.first_begun.contains("migrate/migrate") || !m_ports.pipeline.has_step("migrate")) return {};
    try {
        Project project = m_ports.project(m_facts.run.revision);
        return noted_transactions(m_facts.run, *project.framework(live.server_version()), live);
    } catch (const Failure& failure) {
        m_ports.console.warning("the migration's own transactions could not be told apart: " + failure.what_happened());
        return {};
    }
}

LossReport Rollback::losses_in(Session& live) const {
    LossQuestion asked = question();
    if (asked.window_known && asked.writes_open) asked.own_transactions = m_own_transactions;
    LossReport losses = count_losses(live, asked);
    // What the framework noted about its own migrations nobody misses.
    std::erase_if(losses.tables, [](const TableLoss& loss) { return is_ledger(loss.table); });
    return losses;
}

}  // namespace lastgood
