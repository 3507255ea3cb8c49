#include "record/environment_ledger.hpp"

#include "core/failure.hpp"
#include "record/document.hpp"
#include "record/fields.hpp"
#include "record/json_values.hpp"
#include "record/numbered_keys.hpp"
#include "record/run_record.hpp"
#include "store/store.hpp"

#include <algorithm>
#include <utility>

namespace lastgood {

namespace {

NumberedKeys openings_of(Store& store, const std::string& scope) {
    return {store, scope_prefix(scope) + "openings/"};
}
NumberedKeys bindings_of(Store& store, const std::string& scope) {
    return {store, scope_prefix(scope) + "binding/"};
}

Json opening_json(const Opening& opening) {
    return {{"number", opening.number},   {"run", opening.run},
            {"attempt", opening.attempt}, {"revision", to_json(opening.revision)},
            {"host", opening.host},       {"at", opening.at}};
}

std::optional<Opening> read_opening(const NumberedKeys& keys, int number) {
    const auto bytes = keys.get(number);
    if (!bytes) return std::nullopt;
    return read_document(*bytes, keys.place(number), [number](const Json& json) {
        const Fields fields(json);
        return Opening{number,
                       fields.text("run"),
                       fields.number<int>("attempt"),
                       value_from_json<Revision>(fields.at("revision")),
                       fields.text("host", ""),
                       fields.text("at", "")};
    });
}

/// The run as its attempt `attempt` ended or stands: later attempts are left out.
RunState state_of_attempt(Store& store, const std::string& scope, const std::string& run, int attempt) {
    const RunRecord record(store, scope, run);
    std::vector<Event> events = record.events();
    const auto later = std::find_if(events.begin(), events.end(), [attempt](const Event& event) {
        return event.type == "run-begun" && Fields(event.data).number<int>("attempt", 0) > attempt;
    });
    events.erase(later, events.end());
    return fold(run, events, record.place());
}

bool has_verdict(const RunState& run) {
    return run.outcome == Outcome::good || run.outcome == Outcome::rolled_back;
}

}  // namespace

EnvironmentLedger::EnvironmentLedger(Store& store, std::string scope) : m_store(store), m_scope(std::move(scope)) {}

std::vector<Opening> EnvironmentLedger::openings() const {
    const NumberedKeys keys = openings_of(m_store, m_scope);
    std::vector<Opening> openings;
    for (const int number : keys.numbers())
        if (auto opening = read_opening(keys, number)) openings.push_back(std::move(*opening));
    return openings;
}

std::optional<Opening> EnvironmentLedger::newest() const {
    const NumberedKeys keys = openings_of(m_store, m_scope);
    const int number = keys.newest();
    return number == 0 ? std::nullopt : read_opening(keys, number);
}

std::optional<RunState> EnvironmentLedger::open_run() const {
    const auto opening = newest();
    if (!opening) return std::nullopt;
    RunState state = RunRecord(m_store, m_scope, opening->run).state();
    if (state.attempt >= opening->attempt) return state.open() ? std::optional(std::move(state)) : std::nullopt;
    RunState claimed;
    claimed.id = opening->run;
    claimed.attempt = opening->attempt;
    claimed.revision = opening->revision;
    claimed.begun_at = opening->at;
    claimed.last_at = opening->at;
    claimed.actor = opening->host;
    return claimed;
}

bool EnvironmentLedger::open(const Opening& opening) {
    NumberedKeys keys = openings_of(m_store, m_scope);
    Opening numbered = opening;
    if (numbered.number == 0) numbered.number = keys.newest() + 1;
    return keys.create(numbered.number, document_text(opening_json(numbered)));
}

std::optional<RunState> EnvironmentLedger::newest_of_tree(const std::string& tree) const {
    const auto all = openings();
    std::optional<RunState> without_verdict;
    for (auto opening = all.rbegin(); opening != all.rend(); ++opening) {
        if (opening->revision.tree != tree) continue;
        RunState state = state_of_attempt(m_store, m_scope, opening->run, opening->attempt);
        if (state.attempt != opening->attempt || state.outcome == Outcome::none || state.hotfix) continue;
        if (has_verdict(state)) return state;
        if (!without_verdict) without_verdict = std::move(state);
    }
    return without_verdict;
}

std::optional<DatabaseIdentity> EnvironmentLedger::bound_database() const {
    const NumberedKeys keys = bindings_of(m_store, m_scope);
    const int number = keys.newest();
    const auto bytes = number == 0 ? std::nullopt : keys.get(number);
    if (!bytes) return std::nullopt;
    return read_document(*bytes, keys.place(number), [](const Json& json) {
        return value_from_json<DatabaseIdentity>(Fields(json).at("database"));
    });
}

void EnvironmentLedger::bind_database(const DatabaseIdentity& identity) {
    if (bound_database() == identity) return;
    NumberedKeys keys = bindings_of(m_store, m_scope);
    if (keys.create(keys.newest() + 1, document_text({{"database", to_json(identity)}}))) return;
    if (bound_database() != identity)
        throw Failure(ExitCode::locked, "another program bound " + m_scope + " to a database at the same instant",
                      "nothing", "lastgood status   shows what runs there; then run the same command again");
}

}  // namespace lastgood
