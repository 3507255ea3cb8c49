#include "steps/rollback/undo.hpp"

#include "core/failure.hpp"
#include "core/names.hpp"
#include "core/quantity.hpp"
#include "database/losses.hpp"
#include "database/properties.hpp"
#include "database/server.hpp"
#include "database/swap.hpp"
#include "outside/clock.hpp"
#include "outside/console.hpp"
#include "step/confirmation.hpp"
#include "steps/rollback/decide.hpp"

namespace lastgood {

std::optional<MarkedDatabase> newest_failed(Session& session, const std::string& scope) {
    std::optional<MarkedDatabase> newest;
    for (const auto& database : marked_databases(session, scope))
        if (database.mark.kind == "failed" && (!newest || database.mark.at > newest->mark.at)) newest = database;
    return newest;
}

namespace {

bool repoints(const Pipeline& pipeline, const Platform* platform) {
    return platform != nullptr && platform->can_repoint() && pipeline.database.located &&
           pipeline.deploy_settings().run.empty();
}

}  // namespace

std::optional<MarkedDatabase> half_undone(Session& session, const Pipeline& pipeline, Platform* platform) {
    if (!repoints(pipeline, platform)) return std::nullopt;
    const std::string pointed_at = platform->database_address().name;
    for (const auto& database : marked_databases(session, pipeline.scope()))
        if (database.mark.kind == "returned" && database.name == pointed_at) return database;
    return std::nullopt;
}

Plan Undo::plan() {
    Session session = m_ports.databases.maintenance("observe");
    const auto aside = half_undone(session, m_ports.pipeline, m_ports.platform);
    m_swapped = aside.has_value();
    const auto failed = m_swapped ? aside : newest_failed(session, m_ports.databases.scope());
    if (!failed)
        throw Failure(ExitCode::refused, "no failed database of " + m_ports.databases.scope() + " is left to swap back",
                      "nothing", "lastgood history   shows what was rolled back");
    m_failed = *failed;
    Session live = m_ports.databases.live("observe");
    m_live = identify(live);
    m_returned =
        database_beside(m_live.name, "returned_" + compact_time(now()) + "_" + short_hash(m_failed.mark.run, 4));
    m_ports.runbook.name_failed(m_failed.name);
    m_ports.runbook.name_returned(m_returned);

    require_newest_run();
    const PlannedAction point{"repoint",
                              "point the application at " + (m_swapped ? m_live.name : m_failed.name) +
                                  ", with the release of run " + m_failed.mark.run,
                              true};
    if (m_swapped) {
        Plan plan;
        plan.reason = "undoing the rollback of run " + m_failed.mark.run + ": " + m_live.name + " is open already";
        plan.actions = {point};
        return plan;
    }

    LossQuestion question;
    question.snapshot = m_failed.mark.snapshot;
    const LossReport losses = count_losses(live, question);
    if (losses.certain() > m_ports.pipeline.rollback.max_lost && !m_ports.options.accept_loss) {
        Failure failure(
            ExitCode::person,
            "an undo would throw away " + say_count(losses.certain(), "row") + " written since the rollback", "nothing",
            "lastgood rollback --undo --accept-loss   swaps all the same (the rows stay in the returned database)");
        throw failure.with_detail(say_losses(losses));
    }
    Plan plan;
    plan.reason = "undoing the rollback of run " + m_failed.mark.run;
    for (const auto& line : say_losses(losses)) plan.remarks.push_back("not carried over: " + line);
    if (repoints()) {
        plan.actions = {{"swap-back", "close " + m_live.name + " and open " + m_failed.name, true}, point};
        plan.remarks.emplace_back("the branch is left to you; if the release stays: lastgood adopt REVISION");
        return plan;
    }
    plan.remarks.push_back(
        "the code is left to you: deploy the release again, and if it stays: lastgood adopt REVISION");
    plan.actions = {{"swap-back", "swap " + m_live.name + " and " + m_failed.name, true}};
    return plan;
}

/// What was released since the rollback lives in the database that would go aside.
void Undo::require_newest_run() const {
    const auto newest = m_ports.run.ledger().newest();
    const std::string& environment = m_ports.pipeline.environment;
    if (!newest || newest->run == m_failed.mark.run) return;
    const std::string what = "run " + newest->run + " came later: an undo would take back what it did";
    if (is_confirmed(m_ports.options.confirm, what, m_ports.pipeline, m_ports.interruption)) return;
    throw Failure(ExitCode::usage,
                  "run " + newest->run + " came after the rollback of run " + m_failed.mark.run +
                      ": an undo would take back what it did; it wants --confirm",
                  "nothing", "lastgood rollback --undo --confirm " + environment);
}

bool Undo::repoints() const {
    return lastgood::repoints(m_ports.pipeline, m_ports.platform);
}

void Undo::repoint() {
    const RunState run = m_ports.run.state();
    std::string served;
    for (const char* action : {"migrate/migrate", "migrate/deploy"})
        if (const auto ended = run.ended.find(action); ended != run.ended.end())
            served = ended->second.value("served", served);
    DatabaseAddress address = m_ports.platform->database_address();
    address.name = m_ports.databases.live_name();
    m_ports.platform->repoint(address, served, m_ports.repository, run.revision);
}

void Undo::note_undone() {
    Session live = m_ports.databases.live("undone");
    m_ports.run.ledger().bind_database(identify(live));
    m_ports.run.record().append("note", "rollback", {{"name", "undone"}, {"value", true}});
}

Json Undo::act(const PlannedAction& action) {
    if (action.id == "repoint") {
        if (m_swapped) note_undone();
        repoint();
        return Json::object();
    }
    SwapOrder order;
    {
        Session session = m_ports.databases.maintenance("undo");
        const DatabaseProperties properties = read_properties(session, m_live.name);
        order.connection_limit = properties.connection_limit;
        order.comment = properties.comment;
        session.execute("alter database " + session.quote_name(m_failed.name) + " connection limit -1");
        seal(session, m_failed.name);
    }
    order.live = m_live.name;
    order.live_oid = m_live.oid;
    order.standby = m_failed.name;
    order.standby_oid = m_failed.oid;
    if (!repoints()) order.aside = m_returned;
    order.aside_mark = m_failed.mark;
    order.aside_mark.kind = "returned";
    order.aside_mark.successor = m_failed.oid;
    order.aside_mark.at = say_time(now());
    order.sequence_margin = m_ports.pipeline.rollback.sequence_margin;
    const SwapResult result = swap_databases(m_ports.databases.maintenance_url(), m_ports.databases.work_name("swap"),
                                             order, m_ports.interruption);
    if (repoints()) m_ports.databases.move_to(m_failed.name);
    note_undone();
    return {{"returned_database", order.aside.empty() ? order.live : order.aside},
            {"fenced_ms", result.fenced.count()}};
}

Json Undo::prove() {
    Session live = m_ports.databases.live("prove");
    if (identify(live).oid != (m_swapped ? m_live.oid : m_failed.oid))
        throw Failure(ExitCode::failed_changed, "the failed database is not live after the undo", "unknown",
                      "lastgood status");
    return {{"database", m_live.name}, {"oid", identify(live).oid}};
}

}  // namespace lastgood
