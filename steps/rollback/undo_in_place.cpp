#include "steps/rollback/undo_in_place.hpp"

#include "core/failure.hpp"
#include "core/quantity.hpp"
#include "database/losses.hpp"
#include "framework/framework.hpp"
#include "outside/console.hpp"
#include "steps/rollback/decide.hpp"

namespace lastgood {

bool UndoInPlace::is_possible(const RunState& run) {
    return run.has_ended("rollback/restore-over") && run.outcome == Outcome::rolled_back &&
           run.notes.count("undone") == 0;
}

Plan UndoInPlace::plan() {
    const RunState run = m_ports.run.state();
    const Json& returned = run.ended.at("rollback/restore-over");
    m_kept = returned.value("kept", "");
    Plan plan;
    plan.reason = "undoing the rollback of run " + run.id;
    if (run.notes.count("undoing") == 0) {
        Session live = m_ports.databases.live("observe");
        LossQuestion question;
        question.snapshot = returned.value("position", "");
        const LossReport losses = count_losses(live, question);
        if (losses.certain() > m_ports.pipeline.rollback.max_lost && !m_ports.options.accept_loss)
            throw Failure(
                ExitCode::person,
                "an undo would throw away " + say_count(losses.certain(), "row") + " written since the rollback",
                "nothing",
                "lastgood rollback --undo --accept-loss   restores all the same (what is live is backed up before)")
                .with_detail(say_losses(losses));
        for (const auto& line : say_losses(losses)) plan.remarks.push_back("not carried over: " + line);
    }
    plan.remarks.emplace_back(
        "the code is left to you: deploy the release again, and if it stays: lastgood adopt REVISION");
    if (!Fences::noted(run))
        plan.actions.push_back({"hold", "turn requests away and stop what runs of the application", true});
    if (!run.has_ended("rollback/keep-returned"))
        plan.actions.push_back({"keep-returned", "have the platform back up what is live now", false});
    plan.actions.push_back(
        {"restore-kept", "restore " + m_kept + " over " + m_ports.databases.live_name(), true, false});
    plan.actions.push_back({"lift-fence", "let the writers in again", true});
    return plan;
}

Json UndoInPlace::act(const PlannedAction& action) {
    RunRecord& record = m_ports.run.record();
    if (action.id == "hold") {
        m_ports.fences.hold(record);
        return Json::object();
    }
    if (action.id == "keep-returned") {
        const std::string kept = m_ports.engine->keep_live();
        m_ports.console.info("what is live now is kept as " + kept);
        return {{"kept", kept}};
    }
    if (action.id == "restore-kept") {
        record.append("note", "rollback", {{"name", "undoing"}, {"value", true}});
        m_ports.engine->restore_kept(m_kept, m_ports.databases.live_url());
        record.append("note", "rollback", {{"name", "undone"}, {"value", true}});
        return {{"restored", m_kept}};
    }
    m_ports.fences.lift(record);
    return Json::object();
}

Json UndoInPlace::prove() {
    Session live = m_ports.databases.live("prove");
    return {{"restored", m_kept}, {"database", live.value("select current_database()").value_or("")}};
}

}  // namespace lastgood
