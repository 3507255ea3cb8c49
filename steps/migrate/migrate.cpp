#include "steps/migrate/migrate.hpp"

#include "backup/restore_beside.hpp"
#include "core/failure.hpp"
#include "core/quantity.hpp"
#include "database/contents.hpp"
#include "database/server.hpp"
#include "database/unfinished.hpp"
#include "outside/clock.hpp"
#include "outside/console.hpp"
#include "record/point_reader.hpp"
#include "step/baseline.hpp"
#include "step/release_window.hpp"
#include "steps/migrate/hotfix_script.hpp"
#include "steps/migrate/predicted_progress.hpp"
#include "store/store.hpp"

#include <algorithm>

namespace lastgood {

namespace {

/// What the migration did to others, for the record.
Json to_json(const GuardedResult& happened) {
    Json locks = Json::array();
    for (const auto& lock : happened.locks)
        locks.push_back({{"table", lock.table}, {"mode", lock.mode}, {"held_ms", lock.held.count()}});
    Json took = Json::object();
    for (const auto& [name, duration] : happened.result.took) took[name] = duration.count();
    return {{"tries", happened.tries},
            {"longest_queue_ms", happened.longest_queue.count()},
            {"took_ms", took},
            {"locks", locks}};
}

}  // namespace

MigrateFacts Migrate::observe() {
    MigrateFacts facts;
    facts.run = m_ports.run.state();
    facts.restore_point = restore_point_id(m_ports.databases.scope(), facts.run);
    facts.manifest = m_ports.restore_points.manifest(facts.restore_point);
    facts.proof = m_ports.restore_points.proof(facts.restore_point);
    Session live = m_ports.databases.live("observe");
    facts.database = identify(live);
    facts.server_version = live.server_version();
    if (!facts.manifest) return facts;
    facts.age = server_time(live) - parse_time(facts.manifest->taken_at);
    facts.invalid_indexes = invalid_indexes(live);
    facts.obstacles = migration_obstacles(live);
    facts.outside_window = outside_window(m_ports.pipeline.window, live);
    facts.drift = drift(*facts.manifest);
    // A person must look at it before anything is released.
    if (forbidden_drift(facts, m_ports.pipeline)) m_nothing_changed = !facts.run.at_stake();
    try {
        m_framework = m_ports.project.framework(live.server_version());
        facts.deploy_migrates = m_ports.project.migrates_on_deploy();
        if (m_ports.pipeline.migrate.hotfix) facts.hotfix = observe_hotfix(facts.run, live);
        if (has_wrong_migrators(facts, m_ports.pipeline)) m_nothing_changed = !facts.run.at_stake();
        facts.migrations = m_framework->migrations();
        facts.guard = m_framework->guard_seen();
        // The linter's configuration lies in the work tree.
        if (m_ports.only_plan && !facts.migrations.pending.empty()) m_ports.project.work_tree();
        if (m_ports.only_plan)
            facts.pending = look_at_pending(*m_framework, m_ports.project.framework_context(facts.server_version),
                                            facts.migrations);
    } catch (const Failure&) {
        // This revision's own migrations are refused: rerunning it cannot help.
        m_nothing_changed = !facts.run.at_stake();
        throw;
    }
    return facts;
}

HotfixFacts Migrate::observe_hotfix(const RunState& run, Session& live) {
    const HotfixScript script =
        read_hotfix_script(*m_ports.pipeline.migrate.hotfix, m_ports.project, m_ports.beside_pipeline);
    m_hotfix = std::make_unique<Hotfix>(m_ports.project.framework_context(live.server_version()), script,
                                        m_ports.redaction, [this](const std::string& own) { note_hotfix(own); });
    HotfixFacts facts{say(script), script.name, script.sha256};
    if (const auto tried = run.notes.find(k_hotfix_tried); tried != run.notes.end() && tried->second.is_object())
        facts.tried_sha256 = tried->second.value("sha256", "");
    const auto note = run.notes.find(k_hotfix_transactions);
    if (note == run.notes.end() || !note->second.is_string()) return facts;
    const std::string own = note->second.get<std::string>();
    facts.committed =
        live.value("select pg_catalog.pg_xact_status($1::xid8)", {own.substr(0, own.find(':'))}) == "committed";
    return facts;
}

/// Before the commit: whoever finds this program killed has to know which transaction to ask for.
void Migrate::note_hotfix(const std::string& own_transactions) {
    m_ports.run.record().append("note", "migrate", {{"name", k_hotfix_transactions}, {"value", own_transactions}});
}

/// Between the restore point and the last good release: both were read at rest.
std::optional<Drift> Migrate::drift(const Manifest& manifest) const {
    auto drift = drift_since(m_ports.good_releases, manifest.schema.fingerprint, "");
    if (!drift) return drift;
    const auto objects = m_ports.restore_points.open(manifest);
    if (objects->locked()) return drift;
    return drift_since(m_ports.good_releases, manifest.schema.fingerprint, objects->get(k_schema_object));
}

Plan Migrate::plan() {
    m_facts = observe();
    return decide(m_facts, m_ports.pipeline);
}

Json Migrate::act(const PlannedAction& action) {
    if (action.id == "rehearse") return rehearse();
    if (action.id == "baseline") return baseline();
    if (action.id == "migrate") return migrate();
    if (action.data.contains("index")) {
        Session live = m_ports.databases.live("drop-index");
        drop_unfinished_index(live, action.data.at("index"));
        return Json::object();
    }
    return {{"revision", m_ports.project.revision().commit}, {"served", m_ports.project.deploy()}};
}

Json Migrate::baseline() {
    const Databases& databases = m_ports.databases;
    Baseline baseline;
    baseline.fenced = m_ports.fences.holds(m_ports.run.state());
    // Of one snapshot, so that no row is counted both as there before the window and as written inside it.
    RowCounts counts = count_rows({databases.live_url(), databases.work_name("baseline"), m_ports.pipeline.capture.jobs,
                                   databases.interruption()},
                                  m_facts.manifest->snapshot);
    baseline.window_begin = counts.position;
    Session live = databases.live("baseline");
    baseline.before = read_before(m_ports.pipeline.verify.checks, live);
    baseline.before.rows = std::move(counts.tables);
    std::uint64_t newer = 0;
    for (const auto& row : baseline.before.rows) newer += row.newer;
    if (newer > 0) m_ports.console.info("others wrote " + say_count(newer, "row") + " since the restore point");
    return to_json(baseline);
}

/// Whatever comes of it, production is as it was.
Json Migrate::rehearse() {
    m_nothing_changed = !m_facts.run.at_stake();
    Rehearsal rehearsal(
        {m_ports.pipeline, m_ports.databases, m_ports.restore_points, m_ports.project, m_ports.processes,
         m_ports.environment, m_ports.redaction, m_ports.console, m_ports.interruption},
        *m_facts.manifest, m_ports.restore_points.manifest_digest(m_facts.restore_point));
    const bool try_way_down = m_ports.pipeline.rollback.strategy != Strategy::restore;
    RehearsalReport report;
    try {
        report = rehearsal.run(m_facts.migrations.pending, try_way_down);
    } catch (const Failure& failure) {
        if (failure.code() == ExitCode::failed_changed) m_nothing_changed = false;
        throw;
    }
    for (const auto& line : say_rehearsal(report)) m_ports.console.info("rehearsed " + line);
    require_within_limits(report, *m_ports.pipeline.migrate.rehearse);
    m_nothing_changed = false;
    return to_json(report);
}

/// Whether it went well or not: where the window of our own transactions ends must be known afterwards.
void Migrate::note_window_end() {
    RunRecord& record = m_ports.run.record();
    Session live = m_ports.databases.live("window");
    record.append("note", "migrate", {{"name", "window_end"}, {"value", current_snapshot(live)}});
    record.append("note", "migrate",
                  {{"name", "fenced_to_the_end"}, {"value", m_ports.fences.holds(m_ports.run.state())}});
}

/// Was the program that migrated killed before it noted where its window ended?
bool Migrate::window_is_open() const {
    const RunState run = m_ports.run.state();
    const auto note = run.notes.find("window_end");
    return note != run.notes.end() && note->second == Json("");
}

/// How long the migrations took in the clone, where they were rehearsed.
std::optional<Milliseconds> Migrate::predicted() const {
    const RunState run = m_ports.run.state();
    const auto rehearsed = run.ended.find("migrate/rehearse");
    if (rehearsed == run.ended.end() || !rehearsed->second.contains("predicted")) return std::nullopt;
    return Milliseconds(rehearsed->second.at("predicted").value("took_ms", 0LL));
}

Json Migrate::migrate() {
    // An earlier program's end is no longer the end.
    m_ports.run.record().append("note", "migrate", {{"name", "window_end"}, {"value", ""}});
    GuardedResult happened;
    try {
        const PredictedProgress progress(m_ports.console, predicted());
        if (deploy_migrates()) return migrate_by_deploying();
        Framework& migrator = m_hotfix ? static_cast<Framework&>(*m_hotfix) : *m_framework;
        happened = migrate_guarded(migrator, m_ports.project.framework_context(m_facts.server_version));
    } catch (Failure& failure) {
        judge_failure(failure);
        throw;
    }
    try {
        note_window_end();
    } catch (const StoreError& error) {
        throw Failure(ExitCode::failed_changed, "the record could not be written right after the migration",
                      "the migrations are applied",
                      "see to the store, then: lastgood migrate --run-id " + m_ports.run.id() + "   looks again")
            .with_detail(error.what());
    } catch (const std::exception& error) {
        throw Failure(ExitCode::failed_changed, "the server was lost right after the migration",
                      "the migrations are applied",
                      "lastgood migrate --run-id " + m_ports.run.id() +
                          "   looks again, or lastgood rollback --run-id " + m_ports.run.id())
            .with_detail(error.what());
    }
    return {{"done", happened.result.done},
            {"own_transactions", happened.result.own_transactions},
            {"guarded", m_facts.guard.known && m_facts.guard.lock_timeout != "0"},
            {"happened", to_json(happened)}};
}

bool Migrate::deploy_migrates() const {
    return m_ports.pipeline.migrate.runs_on == RunsOn::deploy && !m_hotfix;
}

/// The platform runs the migrations; the ledger says what became of them.
Json Migrate::migrate_by_deploying() {
    std::string served;
    try {
        served = m_ports.project.deploy();
    } catch (Failure& failure) {
        const Migrations now = m_framework->migrations();
        std::vector<std::string> done;
        for (const auto& name : m_facts.migrations.pending)
            if (std::find(now.applied.begin(), now.applied.end(), name) != now.applied.end()) done.push_back(name);
        failure.with_changed(say_count(done.size(), "migration is applied", "migrations are applied") + " of " +
                             std::to_string(m_facts.migrations.pending.size()) + "; code: " + failure.changed());
        if (failure.code() == ExitCode::failed_clean && !done.empty()) failure.with_code(ExitCode::failed_changed);
        if (failure.code() == ExitCode::refused && !done.empty()) failure.with_code(ExitCode::failed_changed);
        const bool changed = failure.code() != ExitCode::failed_clean && failure.code() != ExitCode::refused;
        if (changed && failure.next().find("lastgood rollback") == std::string::npos)
            failure.with_next("lastgood rollback   after: " + failure.next());
        m_facts.migrations = now;
        throw;
    }
    note_window_end();
    return {{"done", m_facts.migrations.pending},
            {"own_transactions", Json::array()},
            {"guarded", false},
            {"served", served}};
}

/// The framework says what this program changed; the record knows what earlier ones did.
void Migrate::judge_failure(Failure& failure) {
    try {
        note_window_end();
    } catch (const std::exception& error) {
        // A server that went away must not hide what became of the migration: without an end the window is open.
        m_ports.console.warning("where the migration's own transactions end could not be noted: " +
                                std::string(error.what()));
    }
    // A framework does not know whose run it migrates for.
    if (failure.next() == "lastgood rollback") failure.with_next(failure.next() + " --run-id " + m_ports.run.id());
    if (failure.code() == ExitCode::failed_clean && changed_before())
        failure.with_code(ExitCode::failed_changed)
            .with_changed("the actions before this one are done; see lastgood status")
            .with_next("lastgood rollback --run-id " + m_ports.run.id() + "   returns; then " + failure.next());
    m_nothing_changed =
        failure.code() == ExitCode::failed_clean || (failure.code() == ExitCode::refused && !changed_before());
}

/// Did an earlier program of this run change something, although this one did not?
bool Migrate::changed_before() const {
    const RunState run = m_ports.run.state();
    if (run.first_begun.count("migrate/deploy") != 0) return true;
    const auto begun = run.first_begun.find("migrate/migrate");
    return begun != run.first_begun.end() &&
           begun->second.value("applied", std::vector<std::string>{}) != m_facts.migrations.applied;
}

std::vector<std::string> Migrate::new_invalid_indexes() {
    Session live = m_ports.databases.live("prove");
    std::vector<std::string> before = m_facts.invalid_indexes;
    const RunState run = m_ports.run.state();
    if (const auto begun = run.first_begun.find("migrate/migrate"); begun != run.first_begun.end())
        before = begun->second.value("invalid_indexes", before);
    std::vector<std::string> found;
    for (const auto& index : invalid_indexes(live))
        if (std::find(before.begin(), before.end(), index) == before.end()) found.push_back(index);
    return found;
}

Json Migrate::prove() {
    const Migrations now = m_framework->migrations();
    if (!m_hotfix && !now.pending.empty())
        throw Failure(ExitCode::failed_changed,
                      "the migrator said it was done, but " + now.pending.front() + " is still pending",
                      say_count(now.applied.size(), "migration is applied", "migrations are applied"),
                      "lastgood rollback --run-id " + m_ports.run.id() + "   returns to the restore point");
    const auto invalid = new_invalid_indexes();
    if (!invalid.empty())
        throw Failure(ExitCode::failed_changed, "the migration left an invalid index: " + invalid.front(),
                      "every migration is applied, but the index is not used and slows down writes",
                      "lastgood rollback --run-id " + m_ports.run.id() +
                          "   or drop the index and create it again, then lastgood verify");
    if (window_is_open()) note_window_end();
    return {{"applied", now.applied.size()}};
}

}  // namespace lastgood
