#include "step/fences.hpp"

#include "core/failure.hpp"
#include "database/backends.hpp"
#include "record/json_values.hpp"

namespace lastgood {

namespace {

Json to_json(const RaisedFence& fence) {
    Json json{{"kind", fence.kind}, {"database", fence.database}, {"roles", fence.roles}};
    if (fence.read_only_before) json["read_only_before"] = *fence.read_only_before;
    return json;
}

}  // namespace

Fences::Fences(const Pipeline& pipeline, const Databases& databases, Console& console, Interruption& interruption)
    : m_pipeline(pipeline), m_databases(databases), m_console(console), m_interruption(interruption) {}

Fences::~Fences() = default;

std::optional<RaisedFence> Fences::noted(const RunState& state) {
    const auto note = state.notes.find("fence");
    if (note == state.notes.end() || !note->second.is_object()) return std::nullopt;
    const Json& json = note->second;
    RaisedFence fence;
    fence.kind = json.value("kind", "");
    fence.database = json.value("database", "");
    fence.roles = json.value("roles", std::vector<std::string>{});
    if (json.contains("read_only_before")) fence.read_only_before = json["read_only_before"].get<std::string>();
    return fence;
}

Session Fences::admin() {
    return m_databases.open(
        m_pipeline.writes == Writes::closed ? m_databases.admin_url() : m_databases.maintenance_url(), "fence");
}

void Fences::raise(RunRecord& record) {
    m_owner = std::make_unique<Session>(admin());
    const std::string database = m_databases.live_name();
    RaisedFence fence;
    if (m_pipeline.writes == Writes::closed) {
        Session own = m_databases.live("fence");
        fence = plan_closed_fence(*m_owner, database, m_pipeline.database.app_roles,
                                  own.value("select current_user").value_or(""));
    } else {
        fence = plan_read_only_fence(*m_owner, database);
        m_console.warning(
            "writes: read_only is advisory: it does not stop sessions that set transactions read write, large-object "
            "functions, or roles with a setting of their own");
    }
    // After a killed driver: since its fence went down, others may have written in the middle of the migration.
    if (record.state().first_begun.count("migrate/migrate") != 0)
        record.append("note", "", {{"name", "fence_was_down"}, {"value", true}});
    record.append("note", "", {{"name", "fence"}, {"value", to_json(fence)}});
    try {
        if (fence.kind == "closed")
            m_watchdog = std::make_unique<FenceWatchdog>(m_databases.admin_url(), m_databases.work_name("watchdog"),
                                                         fence, *m_owner, m_pipeline.fence_deadline, m_interruption);
        raise_fence(*m_owner, fence);
    } catch (...) {
        lift(record);
        throw;
    }
    m_console.info(fence.kind == "closed" ? "writers are fenced out until the verdict"
                                          : "the database is read only by default until the verdict");
}

bool Fences::lift(RunRecord& record) {
    const auto fence = noted(record.state());
    if (!fence) return false;
    // Half lifted is the worst state: a signal waits until this is through.
    const Interruption::Shield shield(m_interruption);
    Session session = admin();
    const bool was_up = lift_fence(session, *fence, work_prefix(m_databases.scope()));
    m_watchdog.reset();
    record.append("note", "", {{"name", "fence"}, {"value", nullptr}});
    m_console.info("writers are let in again");
    return was_up;
}

bool Fences::holds(const RunState& state) {
    const auto fence = noted(state);
    if (!fence || fence->kind != "closed") return false;
    Session session = admin();
    return fence_is_up(session, *fence);
}

}  // namespace lastgood
