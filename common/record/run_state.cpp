#include "record/run_state.hpp"

#include "core/failure.hpp"
#include "record/document.hpp"
#include "record/fields.hpp"
#include "record/json_values.hpp"
#include "record/numbered_keys.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace lastgood {

namespace {

constexpr std::array<std::pair<Outcome, std::string_view>, 5> k_outcomes{{{Outcome::none, "none"},
                                                                          {Outcome::good, "good"},
                                                                          {Outcome::rolled_back, "rolled-back"},
                                                                          {Outcome::failed_clean, "failed-clean"},
                                                                          {Outcome::abandoned, "abandoned"}}};

constexpr std::array k_returning{"rollback/deploy",   "rollback/swap",         "rollback/return-cluster",
                                 "rollback/go-down",  "rollback/restore-over", "rollback/repoint",
                                 "rollback/set-aside"};

/// Those of them by which the good database is live again, and which no undo has too.
constexpr std::array k_returned{"rollback/swap", "rollback/return-cluster", "rollback/restore-over",
                                "rollback/set-aside"};

Outcome outcome_of(const std::string& text) {
    for (const auto& [outcome, name] : k_outcomes)
        if (name == text && outcome != Outcome::none) return outcome;
    throw Failure(ExitCode::failed_clean, "outcome \"" + text + "\" is none that a run can have", "nothing",
                  "lastgood history");
}

/// Adds one event after the other to a state.
class Folder {
  public:
    explicit Folder(const std::string& run_id) { m_state.id = run_id; }

    void add(const Event& event) {
        static const std::map<std::string, void (Folder::*)(const Event&, const Fields&)> rules{
            {"run-begun", &Folder::begin_run},
            {"step-begun", &Folder::begin_step},
            {"step-ended", &Folder::end_step},
            {"action-begun", &Folder::begin_action},
            {"action-ended", &Folder::end_action},
            {"action-failed", &Folder::fail_action},
            {"note", &Folder::note},
            {"run-closed", &Folder::close_run},
        };
        const auto rule = rules.find(event.type);
        // A type that we do not know is a newer minor's: it explains less to us, and changes nothing.
        if (rule != rules.end()) (this->*rule->second)(event, Fields(event.data));
        m_state.last_at = event.at;
    }

    RunState result() && {
        if (!m_open.empty()) m_state.in_doubt = std::move(m_open.back());
        return std::move(m_state);
    }

  private:
    void begin_run(const Event&, const Fields& data) {
        const int attempt = data.number<int>("attempt");
        if (attempt <= m_state.attempt)
            throw Failure(
                ExitCode::failed_clean,
                "attempt " + std::to_string(attempt) + " begins after attempt " + std::to_string(m_state.attempt),
                "nothing", "lastgood history");
        RunState fresh;
        fresh.id = m_state.id;
        fresh.attempt = attempt;
        fresh.revision = value_from_json<Revision>(data.at("revision"));
        fresh.branch = data.text("branch", "");
        fresh.begun_at = data.text("begun_at", "");
        fresh.actor = data.text("actor", "");
        fresh.driven = data.flag("driven", false);
        fresh.hotfix = data.flag("hotfix", false);
        m_state = std::move(fresh);
        m_open.clear();
    }

    void begin_step(const Event& event, const Fields&) {
        StepState& step = m_state.steps[event.step];
        step.begun = true;
        step.running = true;
    }

    void end_step(const Event& event, const Fields& data) {
        StepState& step = m_state.steps[event.step];
        step.begun = true;
        step.running = false;
        step.exit_status = data.number<int>("exit_status");
        // It observed, did what was left and proved it: what an earlier, killed program of it began has its answer.
        if (step.exit_status == 0)
            std::erase_if(m_open, [&](const OpenAction& action) { return action.step == event.step; });
    }

    void begin_action(const Event& event, const Fields& data) {
        // backup-capture begins its step before it begins the run, which forgets the step: its actions bring it back.
        begin_step(event, data);
        const std::string id = data.text("id");
        leave_doubt(event.step, id);
        m_open.push_back({event.step, id, event.data});
        const std::string action = event.step + "/" + id;
        m_state.first_begun.try_emplace(action, event.data);
        if (std::find(k_returned.begin(), k_returned.end(), action) != k_returned.end())
            m_state.ended.erase("rollback/swap-back");
    }

    void end_action(const Event& event, const Fields& data) {
        const std::string id = data.text("id");
        leave_doubt(event.step, id);
        const std::string action = event.step + "/" + id;
        m_state.ended[action] = event.data;
        // Returned once more: what was undone before is past.
        if (std::find(k_returned.begin(), k_returned.end(), action) == k_returned.end()) return;
        m_state.notes.erase("undone");
    }

    void fail_action(const Event& event, const Fields& data) {
        // "The outcome is not known" is exactly what in doubt means.
        if (data.number<int>("code") != status_of(ExitCode::in_doubt)) leave_doubt(event.step, data.text("id"));
    }

    void note(const Event&, const Fields& data) {
        const Json* value = data.find("value");
        m_state.notes[data.text("name")] = value == nullptr ? Json(nullptr) : *value;
    }

    void close_run(const Event&, const Fields& data) {
        m_state.outcome = outcome_of(data.text("outcome"));
        m_state.why = data.text("why", "");
        // A verdict was given: whoever was killed right after it left nothing undecided.
        m_open.clear();
        for (auto& [name, step] : m_state.steps) step.running = false;
    }

    void leave_doubt(const std::string& step, const std::string& id) {
        std::erase_if(m_open, [&](const OpenAction& action) { return action.step == step && action.id == id; });
    }

    RunState m_state;
    std::vector<OpenAction> m_open;  ///< begun without an end, in the order of their newest begin
};

}  // namespace

std::string text_of(Outcome outcome) {
    for (const auto& [known, name] : k_outcomes)
        if (known == outcome) return std::string(name);
    return "none";
}

/// Of a rollback, those actions that change what is live. Not every action does: one may return the branch alone, or
/// only close the run.
bool RunState::return_begun() const {
    if (has_ended("rollback/swap-back")) return false;
    return std::any_of(k_returning.begin(), k_returning.end(),
                       [this](const char* action) { return first_begun.count(action) != 0; });
}

bool RunState::touched() const {
    constexpr std::array changing{"migrate/migrate", "migrate/deploy", "rollback/swap-back"};
    const auto has_begun = [this](const char* action) { return first_begun.count(action) != 0; };
    return std::any_of(changing.begin(), changing.end(), has_begun) ||
           std::any_of(k_returning.begin(), k_returning.end(), has_begun);
}

bool RunState::judged() const {
    if (first_begun.count("verify/checks") != 0) return true;
    const auto verify = steps.find("verify");
    const int status = verify == steps.end() ? 0 : verify->second.exit_status.value_or(0);
    return status == 5 || status == 6 || status == 7;
}

bool RunState::returning() const {
    if (!open()) return false;
    // Over itself a database is restored in steps of which none can be taken back.
    if (first_begun.count("rollback/restore-over") != 0 || has_ended("rollback/branch")) return true;
    return std::any_of(k_returning.begin(), k_returning.end(),
                       [this](const char* action) { return has_ended(action); }) ||
           (in_doubt && in_doubt->step == "rollback");
}

std::string RunState::branch_left() const {
    const auto returned = ended.find("rollback/branch");
    if (returned == ended.end()) return "";
    const Fields data(returned->second);
    return data.flag("done", true) ? "" : data.text("command", "");
}

RunState fold(const std::string& run_id, const std::vector<Event>& events, const std::string& place) {
    Folder folder(run_id);
    int expected = 1;
    for (const Event& event : events) {
        const std::string name = place.empty() ? "event " + std::to_string(event.number) + " of run " + run_id
                                               : place + numbered_name(event.number);
        if (event.number != expected)
            throw unreadable(name, "event " + std::to_string(expected) + " should come first");
        ++expected;
        try {
            folder.add(event);
        } catch (const Failure& failure) {
            throw unreadable(name, failure.what_happened());
        }
    }
    return std::move(folder).result();
}

}  // namespace lastgood
