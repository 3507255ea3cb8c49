#include "steps/verify/verify.hpp"

#include "check/junit.hpp"
#include "check/run_checks.hpp"
#include "core/failure.hpp"
#include "core/quantity.hpp"
#include "database/client_programs.hpp"
#include "database/server.hpp"
#include "outside/clock.hpp"
#include "outside/console.hpp"
#include "outside/files.hpp"
#include "step/check_results.hpp"
#include "step/drift.hpp"
#include "step/workplace.hpp"

#include <algorithm>
#include <atomic>

namespace lastgood {

Plan Verify::plan() {
    const RunState run = m_ports.run.state();
    if (run.return_begun())
        throw Failure(ExitCode::refused, "run " + run.id + " is being taken back: what is live is no release to judge",
                      "nothing", "lastgood rollback --run-id " + run.id + "   finishes it");
    const auto migrated = run.steps.find("migrate");
    const bool migrated_well = migrated != run.steps.end() && migrated->second.exit_status == 0;
    if (m_ports.pipeline.has_step("migrate") && !migrated_well)
        throw Failure(ExitCode::refused, "migrate of run " + run.id + " has not ended well",
                      run.touched() ? "see lastgood status" : "nothing",
                      "lastgood migrate --run-id " + run.id +
                          (run.touched() ? "   or lastgood rollback --run-id " + run.id : ""));
    {
        // After a rollback that this record does not know of (--without-store) there is nothing left to judge.
        Session live = m_ports.databases.live("observe");
        require_binding(m_ports.run.ledger(), identify(live), m_ports.pipeline.environment, false);
    }
    Plan plan;
    plan.reason = say_count(m_ports.pipeline.verify.checks.size(), "check judges", "checks judge") + " " +
                  run.revision.commit.substr(0, 12);
    plan.actions = {{"checks", "run the checks", false}, {"judge", "give the verdict", false}};
    if (Fences::noted(run)) plan.actions.push_back({"lift-fence", "let the writers in again", true});
    plan.actions.push_back({"good-release", "write the good release", false});
    if (!m_ports.pipeline.git.good_ref.empty())
        plan.actions.push_back(
            {"good-ref", "move " + m_ports.pipeline.git.good_ref + " to " + run.revision.commit.substr(0, 12), true});
    plan.actions.push_back({"close", "close the run as good", false});
    return plan;
}

Json Verify::act(const PlannedAction& action) {
    if (action.id == "checks") return ask_everything();
    if (action.id == "judge") {
        judge();
        return {{"verdict", "passed"}};
    }
    if (action.id == "lift-fence") {
        m_ports.fences.lift(m_ports.run.record());
        return Json::object();
    }
    if (action.id == "good-release") return write_good_release();
    if (action.id == "good-ref") {
        const std::string trouble =
            m_ports.move_good_ref(m_ports.pipeline.git.good_ref, m_ports.run.state().revision.commit);
        if (!trouble.empty()) m_ports.console.warning(m_ports.pipeline.git.good_ref + " was not moved: " + trouble);
        return {{"trouble", trouble}};
    }
    m_ports.run.close(Outcome::good, "verify passed");
    m_closed = true;
    return Json::object();
}

/// Which of the pipeline's checks go through the application, or do not.
std::vector<std::size_t> Verify::those(bool through_application) const {
    std::vector<std::size_t> numbers;
    for (std::size_t i = 0; i < m_ports.pipeline.verify.checks.size(); ++i)
        if (row_of(m_ports.pipeline.verify.checks[i]).through_application == through_application) numbers.push_back(i);
    return numbers;
}

void Verify::ask(const std::vector<std::size_t>& numbers, const CheckContext& check_context) {
    const VerifySettings& settings = m_ports.pipeline.verify;
    std::vector<CheckSettings> asked;
    for (const auto number : numbers) asked.push_back(settings.checks[number]);
    std::atomic<std::size_t> answered{0};
    auto results = run_checks(asked, check_context, settings.jobs, [&](const CheckResult& result) {
        tell(result);
        const std::size_t count = ++answered;
        if (count < asked.size())
            m_ports.console.progress(std::to_string(count) + " of " + std::to_string(asked.size()) + " checks answered",
                                     static_cast<double>(count) / static_cast<double>(asked.size()));
    });
    for (std::size_t i = 0; i < numbers.size(); ++i) m_results[numbers[i]] = std::move(results[i]);
}

/// As each ends.
void Verify::tell(const CheckResult& result) const {
    m_ports.console.info(say(result));
    Json json = to_json(result);
    json["lastgood"] = k_record_format;
    json["type"] = "check";
    json["run"] = m_ports.run.id();
    m_ports.console.event(json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

/// The fence stays up for the rollback: nothing can be lost. The application cannot be asked while it is.
void Verify::leave_unasked(const std::vector<std::size_t>& numbers) {
    for (const auto number : numbers) {
        CheckResult& result = m_results[number];
        result.name = m_ports.pipeline.verify.checks[number].name;
        result.place = m_ports.pipeline.verify.checks[number].place.text();
        result.reason = "not asked: the fence stays up for the rollback";
    }
}

/// A verdict is one whether or not somebody can be handed it: what goes wrong is said.
void Verify::write_junit(Time begin) const {
    if (m_ports.junit.empty()) return;
    const RunState run = m_ports.run.state();
    const JunitSuite suite{m_ports.databases.scope(),
                           say_time(begin),
                           (now() - begin).count(),
                           {{"run", run.id}, {"revision", run.revision.commit}}};
    try {
        replace_file(m_ports.junit, junit_xml(suite, m_results));
    } catch (const std::exception& error) {
        m_ports.console.warning("the results could not be written as JUnit XML: " + std::string(error.what()));
    }
}

Json Verify::ask_everything() {
    const Time begin = now();
    const CheckContext check_context = context();
    m_results.assign(m_ports.pipeline.verify.checks.size(), {});
    const auto beside = those(false);
    const auto through = those(true);
    ask(beside, check_context);
    const bool no = std::any_of(beside.begin(), beside.end(),
                                [&](std::size_t number) { return m_results[number].verdict == Verdict::failed; });
    const bool fenced = Fences::noted(m_ports.run.state()).has_value();
    if (fenced && no) {
        leave_unasked(through);
    } else {
        if (fenced) m_ports.fences.lift(m_ports.run.record());
        ask(through, check_context);
    }
    const Json json{{"verdict", text_of(verdict_of(m_results))}, {"checks", to_json(m_results)}};
    m_ports.run.record().append("note", "verify", {{"name", "verdict"}, {"value", json}});
    write_junit(begin);
    return json;
}

void Verify::judge() const {
    const RunState run = m_ports.run.state();
    const std::string changed =
        "the release is live; restore point " + restore_point_id(m_ports.databases.scope(), run) + " is kept";
    const Verdict verdict = verdict_of(m_results);
    if (verdict == Verdict::failed) {
        Failure failure(ExitCode::verify_no,
                        "verify says no: " + std::to_string(count_of(m_results, Verdict::failed)) + " of " +
                            say_count(m_results.size(), "check") + " failed",
                        changed,
                        "lastgood rollback --run-id " + run.id + "   returns code and data to the last good pair");
        throw failure.with_detail(say_objections(m_results));
    }
    if (verdict == Verdict::unknown) {
        Failure failure(
            ExitCode::person,
            "verify could not tell: " + std::to_string(count_of(m_results, Verdict::unknown)) + " of " +
                say_count(m_results.size(), "check") + " without an answer",
            changed,
            "lastgood verify --run-id " + run.id + "   asks again; or decide: lastgood rollback --run-id " + run.id);
        throw failure.with_detail(say_objections(m_results));
    }
}

Json Verify::write_good_release() {
    const RunState run = m_ports.run.state();
    // A program that died after writing it left it behind: once is enough.
    if (const auto known = m_ports.good_releases.of_run(run.id); known && known->revision == run.revision)
        return {{"number", known->number}};
    GoodRelease release;
    release.revision = run.revision;
    Session live = m_ports.databases.live("clock");
    const ClientPrograms programs =
        ClientPrograms::of_major(live.server_version() / 10000, m_ports.processes, m_ports.environment);
    const LiveSchema seen = look_at_schema(m_ports.databases, programs, m_ports.processes);
    release.schema.fingerprint = seen.fingerprint;
    release.catalogue = seen.catalogue;
    if (m_ports.pipeline.has_step("migrate"))
        release.schema.heads = m_ports.project.framework(live.server_version())->migrations().applied;
    release.run = run.id;
    release.served = m_ports.served();
    release.at = say_time(server_time(live));
    return {{"number", m_ports.good_releases.add(release, m_ports.pipeline.encrypt ? "" : seen.text)}};
}

Json Verify::prove() {
    const auto good = m_ports.good_releases.of_run(m_ports.run.id());
    if (!m_closed || !good)
        throw Failure(ExitCode::bug, "the good release of run " + m_ports.run.id() + " is not in the store", "nothing",
                      "lastgood verify");
    return {{"verdict", "passed"}, {"good_release", good->number}, {"revision", good->revision.commit}};
}

}  // namespace lastgood
