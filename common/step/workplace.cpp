#include "step/workplace.hpp"

#include "core/failure.hpp"
#include "core/quantity.hpp"
#include "database/backends.hpp"
#include "database/beside.hpp"
#include "database/server.hpp"
#include "database/swap.hpp"
#include "outside/console.hpp"
#include "record/good_releases.hpp"
#include "step/neighbours.hpp"
#include "step/release_window.hpp"
#include "store/store.hpp"

#include <filesystem>

namespace lastgood {

namespace {

std::filesystem::path directory_of(const std::string& pipeline_file) {
    const auto directory = std::filesystem::absolute(pipeline_file).parent_path();
    return directory.empty() ? std::filesystem::current_path() : directory;
}

}  // namespace

Workplace::Workplace(World& the_world, Join join, const std::string& run_id)
    : world(the_world),
      pipeline(world.located_pipeline()),
      repository(Repository::open(directory_of(world.options.pipeline))),
      run(join_run(world, join, run_id)),
      databases(pipeline, run.id(), world.interruption),
      fences(pipeline, databases, world.platform(), world.console, world.interruption),
      runbook(world, pipeline, databases, run) {
    // How a fence is lifted by hand is to be read before it is up.
    fences.tell_before_raising([this] { runbook.renew(); });
}

void Workplace::enter(std::chrono::milliseconds patience) {
    if (dry_run()) return;
    m_lock = std::make_unique<AdvisoryLock>(databases.maintenance_url(), databases.scope(), databases.work_name("lock"),
                                            patience, world.interruption);
    const int processes = end_leftover_processes(databases.leftover_mark(), std::chrono::seconds(3));
    const int backends =
        end_leftover_backends(m_lock->session(), work_prefix(databases.scope()), {m_lock->session().backend_pid()},
                              std::chrono::seconds(30), world.interruption);
    if (processes + backends > 0)
        world.console.info("ended what an earlier program left behind: " +
                           say_count(processes, "process", "processes") + ", " + say_count(backends, "backend"));
    open_after_interrupted_swap();
    lift_stale_fence();
}

void Workplace::take_lock_again() {
    if (m_lock) m_lock->take_again(std::chrono::seconds(10));
}

/// A swap that died between fence and rename leaves the live database without connections; only what a swap of ours
/// closed is opened.
void Workplace::open_after_interrupted_swap() {
    const RunState state = run.state();
    const auto begun = [&](const char* action) { return state.first_begun.count(action) != 0; };
    if (!begun("rollback/swap") && !begun("rollback/swap-back") && !begun("rollback/return-cluster")) return;
    if (lift_connection_fence(m_lock->session(), databases.live_name()))
        world.console.warning(databases.live_name() + " was closed by an interrupted swap; it is open again");
    for (const auto& database : marked_databases(m_lock->session(), databases.scope())) {
        const bool aside = database.mark.kind == "failed" || database.mark.kind == "returned";
        if (aside && database.mark.run == run.id() && !database.allows_connections)
            open_aside(m_lock->session(), database.name);
    }
}

void Workplace::lift_stale_fence() {
    if (run.is_new() || run.identity().driven) return;
    const RunState state = run.state();
    // One without a watchdog the steps put up themselves, one after the other; it stays until the verdict. Where
    // nothing of the application runs, whoever comes goes on with that: to let it in meanwhile would lose what it
    // writes.
    const auto fence = Fences::noted(state);
    if (!fence || (fence->kind == Fences::k_traffic && (state.open() || state.notes.count("undoing") != 0))) return;
    if (fence->kind == "read_only" && state.open() && !state.driven) return;
    world.console.warning("the driver that fenced the writers is gone");
    fences.lift(run.record());
}

void Workplace::begin_if_new(const std::string& again) {
    if (!run.is_new()) return;
    require_writable(world.store());
    m_pinned = pin();
    for (const auto& remark : m_pinned->remarks) world.console.warning(remark);
    if (dry_run()) return;
    Session live = databases.live("begin");
    require_window(live);
    require_own_database(identify(live));
    run.begin(*m_pinned, say_time(server_time(live)), run.identity().driven, again);
    runbook.renew();
    world.console.info("run " + run.id() + " of " + pipeline.scope() + ", pinned to " +
                       m_pinned->revision.commit.substr(0, 12));
}

Pinned Workplace::pin() const {
    const auto good = GoodReleases(world.store(), pipeline.scope()).newest();
    return lastgood::pin(pipeline, repository, good ? std::optional(good->revision) : std::nullopt);
}

void Workplace::require_own_database(const DatabaseIdentity& seen) {
    Session maintenance = databases.maintenance("begin");
    const auto found = neighbours(world.store(), maintenance, databases.scope(), seen);
    require_no_run_of_neighbours(found);
    for (const auto& neighbour : found)
        if (!neighbour.database.empty())
            world.console.warning(neighbour.say() + ", of another store: whether a run of it is open is not known");
    require_binding(run.ledger(), seen, pipeline.environment, true);
}

void Workplace::require_window(Session& live) const {
    if (pipeline.migrate.hotfix) return;
    if (const std::string refusal = outside_window(pipeline.window, live); !refusal.empty())
        throw Failure(ExitCode::refused, refusal, "nothing",
                      "lastgood run   within the window; or correct window in the pipeline");
}

Revision Workplace::revision() const {
    const RunState state = run.state();
    return state.open() || !m_pinned ? state.revision : m_pinned->revision;
}

Project Workplace::project(const Revision& of) {
    return {pipeline,          repository,        of, databases, world.platform(), world.processes, world.console,
            world.environment, world.interruption};
}

Life Workplace::life() {
    return {&run.record(), m_lock.get(), world.console, world.interruption, dry_run(), world.options.json, [this] {
                runbook.renew();
            }};
}

std::optional<int> answer_of_closed_run(const RunState& run, Console& console, bool may_begin_again,
                                        const std::string& again) {
    if (run.attempt == 0 || run.open()) return std::nullopt;
    if (may_begin_again && !again.empty() && again == run.revision.commit) return std::nullopt;
    if (run.outcome == Outcome::good) {
        console.info("run " + run.id + " is closed and good: nothing to do");
        return 0;
    }
    if (run.outcome == Outcome::rolled_back)
        throw Failure(
            ExitCode::refused, "run " + run.id + " was rolled back (" + run.why + ")", "nothing",
            "release another revision; to release this one again: lastgood run --again " + run.revision.commit);
    if (may_begin_again) return std::nullopt;
    throw Failure(ExitCode::refused, "run " + run.id + " is closed (" + text_of(run.outcome) + ": " + run.why + ")",
                  "nothing", "lastgood backup-capture --run-id " + run.id + "   begins it again");
}

void refuse_while_returning(const RunState& run) {
    if (!run.returning()) return;
    throw Failure(ExitCode::refused, "a rollback of run " + run.id + " has begun and is not finished",
                  "nothing by this program", "lastgood rollback --run-id " + run.id + "   finishes it");
}

void require_writable(const Store& store) {
    const auto reason = store.why_not_writable();
    if (!reason) return;
    throw Failure(ExitCode::refused, "the store " + store.address() + " cannot be written: " + *reason, "nothing",
                  "let this user write there, or name another store in the pipeline");
}

void require_binding(EnvironmentLedger& ledger, const DatabaseIdentity& seen, const std::string& environment,
                     bool may_bind) {
    const auto bound = ledger.bound_database();
    if (!bound) {
        if (may_bind) ledger.bind_database(seen);
        return;
    }
    if (same_database(*bound, seen)) return;
    Failure failure(
        ExitCode::refused,
        "environment \"" + environment + "\" belongs to another database than the one the pipeline names", "nothing",
        "check database.url; if the database really moved: lastgood adopt REVISION --confirm " + environment);
    throw failure.with_detail("bound to " + bound->name + " (oid " + std::to_string(bound->oid) + ") at " +
                              bound->address + "\nseen: " + seen.name + " (oid " + std::to_string(seen.oid) + ") at " +
                              seen.address);
}

}  // namespace lastgood
