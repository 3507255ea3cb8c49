#include "steps/rollback/rollback.hpp"

#include "core/failure.hpp"
#include "core/names.hpp"
#include "core/quantity.hpp"
#include "database/backends.hpp"
#include "database/properties.hpp"
#include "database/schema_dump.hpp"
#include "database/server.hpp"
#include "framework/guarded_run.hpp"
#include "outside/clock.hpp"
#include "outside/console.hpp"
#include "outside/files.hpp"
#include "record/json_values.hpp"
#include "record/point_reader.hpp"
#include "step/baseline.hpp"
#include "step/standby.hpp"

namespace lastgood {

Json Rollback::act(const PlannedAction& action) {
    if (action.id == "restore") return restore();
    if (action.id == "deploy") return deploy();
    if (action.id == "swap") return swap();
    if (action.id == "go-down") return go_down();
    if (action.id == "return-cluster") return return_cluster();
    if (action.id == "hold") {
        m_ports.fences.hold(m_ports.run.record());
        return Json::object();
    }
    if (action.id == "keep-live") return keep_live();
    if (action.id == "restore-over") return restore_over();
    if (action.id == "restore-instance") return restore_instance();
    if (action.id == "set-aside") return set_aside();
    if (action.id == "repoint") return repoint();
    if (action.id == "check") return check();
    if (action.id == "branch") return return_branch();
    if (action.id == "before-open") {
        if (!m_good_project)
            m_good_project.emplace(m_ports.project(m_facts.good.commit.empty() ? m_facts.run.revision : m_facts.good));
        m_good_project->before_open();
        return Json::object();
    }
    if (action.id == "lift-fence") {
        open_failed_database();
        m_ports.fences.lift(m_ports.run.record());
        return Json::object();
    }
    renew_good_release();
    if (m_facts.cluster) cluster_return().forget();
    if (m_facts.in_place) forget_in_place();
    close(action.id == "close-clean");
    return Json::object();
}

bool Rollback::returns_data() const {
    return what_returns(m_facts.run, m_ports.options) == Returns::code_and_data;
}

void Rollback::close(bool clean) {
    if (clean) return m_ports.run.close(Outcome::failed_clean, "nothing was changed");
    const bool down = m_ports.run.state().has_ended("rollback/go-down");
    m_ports.run.close(Outcome::rolled_back, down             ? "went down to the migrations of " + m_facts.restore_point
                                            : returns_data() ? "returned to " + m_facts.restore_point
                                                             : "it did not pass; nothing had been migrated");
}

/// Back beyond newer good releases, the one that is live again has to be the newest: the next restore point fits it.
void Rollback::renew_good_release() {
    if (m_ports.options.to_run.empty() || !m_facts.manifest || !m_facts.manifest->fits) return;
    const auto newest = m_ports.good_releases.newest();
    auto good = m_ports.good_releases.get(*m_facts.manifest->fits);
    if (!good || (newest && newest->revision == good->revision)) return;
    const std::string schema = m_ports.good_releases.schema_text(*good).value_or("");
    good->run = "returned";
    good->at = say_time(now());
    const int number = m_ports.good_releases.add(*good, schema);
    m_ports.console.info("good release " + std::to_string(number) + " is " + good->revision.commit.substr(0, 12) +
                         " again");
}

EngineContext Rollback::engine_context() {
    return {*m_programs,
            m_ports.processes,
            m_ports.console,
            m_ports.databases.work_name("restore"),
            m_ports.databases.leftover_mark(),
            m_ports.interruption,
            m_ports.heroku,
            m_ports.aws};
}

std::unique_ptr<DatabaseEngine> Rollback::engine() {
    return make_engine(m_facts.manifest->engine, engine_context());
}

ClusterReturn Rollback::cluster_return() {
    const Manifest& manifest = *m_facts.manifest;
    return {{m_ports.pipeline, m_ports.databases, m_ports.run.record(), m_ports.console, m_ports.processes,
             m_ports.interruption, m_ports.take_lock_again},
            make_cluster_engine(manifest.engine, engine_context(), m_ports.pipeline.capture),
            read_cluster_point(*m_ports.restore_points.open(manifest))};
}

Json Rollback::restore() {
    const Manifest& manifest = *m_facts.manifest;
    const ConnectionUrl& server = m_ports.databases.maintenance_url();
    const auto objects = m_ports.restore_points.open(manifest);
    const CopyOrder order =
        copy_order(manifest, m_digest, m_ports.databases, server, m_ports.pipeline.capture.prove_jobs);
    Session session = m_ports.databases.maintenance("restore");
    free_name_for_copy(session, server, order.name, m_ports.databases.scope());
    const auto made = engine();
    const RestoreResult result = restore_beside(*made, engine_context(), order, *objects);
    keep_as_standby(session, order.name, order.mark);
    m_facts.standby = find_standby(marked_databases(session, m_ports.databases.scope()), manifest.id, m_digest);
    return {{"database", order.name}, {"tables", result.tables}, {"rows", result.rows}};
}

/// With the revision that migrated: the good one does not know how its migrations are taken back.
Json Rollback::go_down() {
    Session live = m_ports.databases.live("version");
    Project project = m_ports.project(m_facts.run.revision);
    const FrameworkContext context = project.framework_context(live.server_version());
    const auto framework = make_framework(m_ports.pipeline.migrate.framework, context);
    try {
        go_down_guarded(*framework, context, m_facts.manifest->schema.heads);
    } catch (Failure& failure) {
        // Whatever became of it, the restore point is still there.
        if (failure.code() == ExitCode::failed_clean && m_facts.down && m_facts.down->begun)
            failure.with_code(ExitCode::failed_changed)
                .with_changed("an earlier program of this rollback took some back");
        if (failure.next() == "lastgood rollback" || failure.code() == ExitCode::refused)
            failure.with_next("lastgood rollback --strategy restore --run-id " + m_ports.run.id());
        throw;
    }
    return {{"applied", m_facts.manifest->schema.heads}};
}

Json Rollback::deploy() {
    if (!m_good_project) m_good_project.emplace(m_ports.project(m_facts.good));
    return {{"revision", m_facts.good.commit}, {"served", m_good_project->return_to(m_facts.served)}};
}

/// User mappings are in no copy (their passwords reach real servers); the one that goes live gets them at the last
/// moment.
void Rollback::put_user_mappings(const MarkedDatabase& standby) {
    if (!m_facts.manifest) return;
    const auto made = engine();
    const auto objects = m_ports.restore_points.open(*m_facts.manifest);
    if (objects->locked()) {
        m_ports.console.warning(
            "user mappings, if the restore point has some, were not put in: it is encrypted, and "
            "there is no identity to decrypt it");
        return;
    }
    if (!made->has_user_mappings(*objects)) return;
    Session session = m_ports.databases.maintenance("mappings");
    unseal(session, standby.name);
    made->restore_user_mappings(*objects, m_ports.databases.url_of(standby.name));
    seal(session, standby.name);
}

/// Asked inside the fence: did more come in since it was counted?
bool Rollback::still_bearable(Session& live) {
    if (!writes_were_open(m_facts.run) && m_ports.fences.holds(m_facts.run)) return true;
    try {
        live.execute("set statement_timeout = '6s'");
        m_facts.losses = losses_in(live);
    } catch (const DatabaseError&) {
        // Too much to be counted in the few seconds of a fence.
        return m_ports.options.accept_loss;
    }
    const bool unknown_too = m_ports.options.without_store || !m_ports.options.to_run.empty();
    const std::uint64_t lost = m_facts.losses.certain() + (unknown_too ? m_facts.losses.possible() : 0);
    return m_ports.options.accept_loss || lost <= m_ports.pipeline.rollback.max_lost;
}

SwapOrder Rollback::swap_order() {
    Session session = m_ports.databases.maintenance("order");
    const std::string live = m_ports.databases.live_name();
    const DatabaseProperties now_live = read_properties(session, live);
    const DatabaseProperties& original = m_facts.manifest ? m_facts.manifest->properties : now_live;
    SwapOrder order;
    order.live = live;
    order.live_oid = m_facts.live.oid;
    order.standby = m_facts.standby->name;
    order.standby_oid = m_facts.standby->oid;
    if (!m_facts.repoints) order.aside = m_planned_aside;
    order.aside_mark = m_facts.standby->mark;
    // The run of the restore point, also where the store that knows it is down: it is closed once the store is back.
    order.aside_mark.kind = "failed";
    order.aside_mark.snapshot = current_snapshot(session);
    order.aside_mark.successor = order.standby_oid;
    order.aside_mark.at = say_time(now());
    order.connection_limit = original.connection_limit;
    order.comment = original.comment;
    order.sequence_margin = m_ports.pipeline.rollback.sequence_margin;
    order.last_look = [this](Session& session_in_live) { return still_bearable(session_in_live); };
    return order;
}

Failure Rollback::called_off() const {
    Failure failure(
        ExitCode::person, "others wrote while the rollback was prepared, and it would throw that away",
        "nothing; the release is live and open",
        accepting_loss(m_facts, m_ports.pipeline, m_ports.options) + "   or close the application's writes first");
    return failure.with_detail(say_losses(m_facts.losses));
}

void Rollback::say_left_behind(const std::string& where) const {
    const std::string kept = "not carried over, kept in " + where + ": ";
    for (const auto& line : say_losses(m_facts.losses)) m_ports.console.warning(kept + line);
}

Json Rollback::return_cluster() {
    cluster_return().perform(m_facts.live, [this](Session& live) {
        if (!still_bearable(live)) throw called_off();
    });
    say_left_behind("pgBackRest's archive");
    m_ports.console.info(cluster_return().way_to_the_failed(m_ports.run.state()));
    return {{"losses", to_json(m_facts.losses)}};
}

Json Rollback::swap() {
    if (m_facts.repoints) m_ports.platform->prepare_repoint(m_facts.served, m_ports.repository, m_facts.good);
    put_user_mappings(*m_facts.standby);
    const SwapOrder order = swap_order();
    const SwapResult result = swap_databases(m_ports.databases.maintenance_url(), m_ports.databases.work_name("swap"),
                                             order, m_ports.interruption);
    if (result.called_off) throw called_off();
    m_aside = m_facts.repoints ? order.live : order.aside;
    say_left_behind(m_aside);
    if (m_facts.repoints) m_ports.databases.move_to(order.standby);
    return {{"failed_database", m_aside},
            {"fenced_ms", result.fenced.count()},
            {"ended_backends", result.ended_backends},
            {"sequences_moved", result.sequences_moved},
            {"losses", to_json(m_facts.losses)}};
}

/// Its instances could not connect since the swap; those of the bad release never see the restored database.
Json Rollback::repoint() {
    DatabaseAddress address = m_ports.platform->database_address();
    address.name = m_ports.databases.live_name();
    address.host = m_ports.databases.live_url().part("host");
    address.port = m_ports.databases.live_url().part("port");
    m_ports.platform->repoint(address, m_facts.served, m_ports.repository, m_facts.good);
    return {{"database", address.name}, {"host", address.host}};
}

/// A read-only fence is a setting of the database, so that it went aside with the failed one: an undo would bring it
/// back.
void Rollback::open_failed_database() {
    auto fence = Fences::noted(m_ports.run.state());
    if (!fence || fence->kind != "read_only") return;
    fence->database = m_facts.failed ? m_facts.failed->name : m_aside;
    if (fence->database.empty()) return;
    Session session = m_ports.databases.maintenance("fence");
    lift_fence(session, *fence, work_prefix(m_ports.databases.scope()));
}

Failure Rollback::differs(const std::vector<std::string>& differences) const {
    const bool down = m_ports.run.state().has_ended("rollback/go-down");
    const std::string done = down               ? "the migrations are taken back"
                             : m_facts.cluster  ? "the cluster is restored"
                             : m_facts.in_place ? "the database is restored; the application stands still"
                                                : "the swap is done";
    const std::string next = down ? "lastgood rollback --strategy restore --run-id " + m_ports.run.id()
                             : m_facts.cluster || m_facts.in_place
                                 ? "lastgood rollback   looks again"
                                 : "lastgood rollback   looks again; lastgood rollback --undo   swaps back";
    Failure failure(ExitCode::failed_changed, "the restored database differs from " + m_facts.restore_point, done,
                    next);
    return failure.with_detail(differences);
}

Json Rollback::check() {
    Session live = m_ports.databases.live("check");
    const DatabaseIdentity seen = identify(live);
    m_ports.run.ledger().bind_database(seen);
    if (!m_facts.manifest) return {{"database", seen.name}, {"oid", seen.oid}};
    const std::string schema =
        normalised_schema(*m_programs, m_ports.databases.live_url(), "", m_ports.databases.work_name("schema"),
                          m_ports.processes, m_ports.databases.leftover_mark());
    auto differences = compare_properties(m_facts.manifest->properties, read_properties(live, seen.name));
    if (m_facts.in_place) {
        const auto more = differences_in_place();
        differences.insert(differences.end(), more.begin(), more.end());
    }
    if (sha256(schema) != m_facts.manifest->schema.fingerprint)
        differences.insert(differences.begin(), "the schema is not that of " + m_facts.restore_point);
    if (!differences.empty()) throw differs(differences);
    return {{"database", seen.name}, {"oid", seen.oid}, {"fingerprint", m_facts.manifest->schema.fingerprint}};
}

Json Rollback::return_branch() {
    BranchOrder order{m_facts.run.branch, m_facts.run.revision, m_facts.good, m_facts.run.id, "run " + m_facts.run.id};
    if (order.branch.empty()) order.branch = m_ports.pipeline.git.branch;
    m_branch = lastgood::return_branch(m_ports.repository, m_ports.pipeline.git, order, m_ports.processes);
    m_branch.done ? m_ports.console.info(m_branch.what) : m_ports.console.warning("left to you: " + m_branch.what);
    return {{"done", m_branch.done}, {"what", m_branch.what}, {"command", m_branch.command}};
}

bool Rollback::leaves_the_data() const {
    const RunState run = m_ports.run.state();
    const bool back = m_facts.failed || run.has_ended("rollback/swap") ||
                      (m_facts.in_place && m_facts.in_place->done) || run.has_ended("rollback/set-aside") ||
                      ClusterReturn::is_restored(run);
    return m_facts.manifest && !back && returns_data();
}

Json Rollback::prove() {
    const bool left = !m_branch.done && !m_branch.what.empty();
    if (left && !returns_data())
        throw Failure(ExitCode::failed_changed, "the code is left to you: " + m_branch.what,
                      "the run is closed; the database stays as it is, nothing had been migrated; the branch is not "
                      "returned",
                      m_branch.command);
    if (left)
        throw Failure(
            ExitCode::failed_changed,
            "the database is back at " + m_facts.restore_point + ", but the code is left to you: " + m_branch.what,
            "the database" +
                std::string(m_facts.deploys && !m_facts.good.commit.empty() ? " and the deployment are" : " is") +
                " returned; the branch is not",
            m_branch.command);
    return {{"restore_point", m_facts.restore_point}, {"revision", m_facts.good.commit}};
}

}  // namespace lastgood
