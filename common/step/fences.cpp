#include "step/fences.hpp"

#include "core/failure.hpp"
#include "core/quantity.hpp"
#include "database/backends.hpp"
#include "outside/clock.hpp"
#include "platform/platform.hpp"
#include "record/json_values.hpp"

#include <chrono>

namespace lastgood {

namespace {

/// Until the connections of processes that were stopped are gone.
constexpr std::chrono::seconds k_silence_limit{30};

Json to_json(const RaisedFence& fence) {
    Json json{{"kind", fence.kind}, {"database", fence.database}, {"roles", fence.roles}};
    if (fence.read_only_before) json["read_only_before"] = *fence.read_only_before;
    return json;
}

/// Of the run's fence; null where there is none.
const Json* note_of(const RunState& state) {
    const auto note = state.notes.find("fence");
    return note == state.notes.end() || !note->second.is_object() ? nullptr : &note->second;
}

}  // namespace

Fences::Fences(const Pipeline& pipeline, const Databases& databases, Platform* platform, Console& console,
               Interruption& interruption)
    : m_pipeline(pipeline),
      m_databases(databases),
      m_platform(platform),
      m_console(console),
      m_interruption(interruption) {}

Fences::~Fences() = default;

std::optional<RaisedFence> Fences::noted(const RunState& state) {
    const Json* json = note_of(state);
    if (json == nullptr) return std::nullopt;
    RaisedFence fence;
    fence.kind = json->value("kind", "");
    fence.database = json->value("database", "");
    fence.roles = json->value("roles", std::vector<std::string>{});
    if (json->contains("read_only_before")) fence.read_only_before = (*json)["read_only_before"].get<std::string>();
    return fence;
}

std::string Fences::noted_since(const RunState& state) {
    const Json* json = note_of(state);
    return json == nullptr ? "" : json->value("since", "");
}

bool Fences::needs_no_driver() const {
    if (m_pipeline.writes == Writes::closed) return m_platform != nullptr && m_platform->holds_everything();
    return m_pipeline.writes == Writes::read_only;
}

Session Fences::admin() {
    return m_databases.open(m_pipeline.writes == Writes::closed && m_pipeline.database.admin_url
                                ? m_databases.admin_url()
                                : m_databases.maintenance_url(),
                            "fence");
}

RaisedFence Fences::plan() {
    const std::string database = m_databases.live_name();
    if (m_pipeline.writes == Writes::closed && needs_no_driver()) return {k_traffic, database, {}, std::nullopt};
    m_owner = std::make_unique<Session>(admin());
    if (m_pipeline.writes != Writes::closed) {
        m_console.warning(
            "writes: read_only is advisory: it does not stop sessions that set transactions read write, large-object "
            "functions, or roles with a setting of their own");
        return plan_read_only_fence(*m_owner, database);
    }
    Session own = m_databases.live("fence");
    return plan_closed_fence(*m_owner, database, m_pipeline.database.app_roles,
                             own.value("select current_user").value_or(""));
}

void Fences::raise(RunRecord& record) {
    const bool closed = m_pipeline.writes == Writes::closed;
    raise(record, plan(), closed && m_platform != nullptr);
}

void Fences::hold(RunRecord& record) {
    m_platform->stop_deploying();
    raise(record, {k_traffic, m_databases.live_name(), {}, std::nullopt}, true);
}

void Fences::raise(RunRecord& record, RaisedFence fence, bool holds) {
    Json note = to_json(fence);
    note["since"] = say_time(now());
    // What a killed program held half is not what ran before.
    const RunState state = record.state();
    const Json* const earlier = note_of(state);
    if (holds)
        note["traffic"] = earlier && earlier->contains("traffic") ? (*earlier)["traffic"] : m_platform->traffic();
    // After a killed driver: since its fence went down, others may have written in the middle of the migration.
    if (state.first_begun.count("migrate/migrate") != 0)
        record.append("note", "", {{"name", "fence_was_down"}, {"value", true}});
    record.append("note", "", {{"name", "fence"}, {"value", note}});
    if (m_told) m_told();
    try {
        if (holds) m_platform->hold(note["traffic"]);
        if (fence.kind != k_traffic) raise_in_database(fence);
        if (fence.kind == k_traffic) require_silence();
    } catch (...) {
        try {
            lift(record);
        } catch (Failure& failure) {
            throw failure.with_code(ExitCode::failed_changed);
        }
        throw;
    }
    m_console.info(fence.kind == "read_only" ? "the database is read only by default until the verdict"
                   : fence.kind == k_traffic ? "requests are turned away and nothing of the application's runs"
                                             : "writers are fenced out until the verdict");
}

void Fences::raise_in_database(const RaisedFence& fence) {
    if (fence.kind == "closed")
        m_watchdog = std::make_unique<FenceWatchdog>(m_databases.admin_url(), m_databases.work_name("watchdog"), fence,
                                                     *m_owner, m_pipeline.fence_deadline, m_interruption);
    raise_fence(*m_owner, fence);
}

/// What the platform stopped can have left connections behind, and somebody may work in a console of his own.
void Fences::require_silence() const {
    Session live = m_databases.live("silence");
    const auto until = std::chrono::steady_clock::now() + k_silence_limit;
    const std::string others =
        "select coalesce(string_agg(format('%s (%s, pid %s)', s.usename, s.application_name, s.pid), ', '), '') "
        "from pg_catalog.pg_stat_activity s join pg_catalog.pg_roles r on r.oid = s.usesysid "
        "where s.datname = current_database() and s.backend_type = 'client backend' and not r.rolsuper "
        "and s.pid <> pg_catalog.pg_backend_pid() and s.application_name not like $1 || '%'";
    while (true) {
        const std::string who = live.value(others, {work_prefix(m_databases.scope())}).value_or("");
        if (who.empty()) return;
        if (std::chrono::steady_clock::now() > until)
            throw Failure(ExitCode::refused, "the application stands still, but somebody is connected to its database",
                          "nothing", "end these connections (heroku ps, heroku pg:ps), then run this again")
                .with_detail(who);
        m_console.progress("waiting for connections to end: " + who);
        m_interruption.wait(std::chrono::milliseconds(200));
    }
}

bool Fences::lift(RunRecord& record) {
    const RunState state = record.state();
    const auto fence = noted(state);
    if (!fence) return false;
    const Json note = *note_of(state);
    // Half lifted is the worst state: a signal waits until this is through.
    const Interruption::Shield shield(m_interruption);
    bool was_up = true;
    if (fence->kind != k_traffic) {
        Session session = admin();
        was_up = lift_fence(session, *fence, work_prefix(m_databases.scope()));
        m_watchdog.reset();
    }
    if (note.contains("traffic") && m_platform != nullptr) m_platform->let_in(note["traffic"]);
    record.append("note", "", {{"name", "fence"}, {"value", nullptr}});
    const Milliseconds held =
        note.contains("since") ? now() - parse_time(note["since"].get<std::string>()) : Milliseconds(0);
    const auto before = state.notes.find("held_ms");
    const long long earlier = before == state.notes.end() ? 0 : before->second.get<long long>();
    record.append("note", "", {{"name", "held_ms"}, {"value", earlier + held.count()}});
    m_console.info("writers are let in again, after " + say_duration(held));
    return was_up;
}

bool Fences::holds(const RunState& state) {
    const auto fence = noted(state);
    if (!fence || fence->kind == "read_only") return false;
    if (fence->kind == k_traffic) return m_platform != nullptr && m_platform->is_held((*note_of(state))["traffic"]);
    Session session = admin();
    return fence_is_up(session, *fence);
}

bool Fences::stands(const RunState& state) {
    const auto fence = noted(state);
    return fence && (fence->kind != k_traffic || holds(state));
}

}  // namespace lastgood
