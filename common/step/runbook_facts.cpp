#include "step/runbook_facts.hpp"

#include "backup/cluster_engine.hpp"
#include "backup/in_place_engine.hpp"
#include "backup/instance_engine.hpp"
#include "core/failure.hpp"
#include "core/names.hpp"
#include "database/backends.hpp"
#include "database/database_mark.hpp"
#include "outside/process.hpp"
#include "platform/platform.hpp"
#include "platform/typed_commands.hpp"
#include "record/good_releases.hpp"
#include "step/branch_command.hpp"
#include "step/fences.hpp"
#include "step/foreign_return.hpp"
#include "step/joined_run.hpp"
#include "step/runbook_file.hpp"
#include "step/runbook_releases.hpp"
#include "step/store_commands.hpp"
#include "store/store.hpp"

#include <algorithm>
#include <array>

namespace lastgood {

namespace {

constexpr const char* k_by_hand = "by_hand_";
constexpr std::size_t k_of_a_run = 4;
constexpr std::array k_foreign_returns{"rollback/return-cluster", "rollback/restore-over", "rollback/set-aside"};

std::string password_place(const SecretValue& value) {
    if (value.parts) return "`$" + value.parts->password + "`";
    if (!value.variable.empty()) return "`$" + value.variable + "`";
    return value.place.text();
}

RunbookServer server_of(const ConnectionUrl& url, const std::string& password_in) {
    RunbookServer server{url.public_environment(), password_in};
    server.variables.erase("PGDATABASE");
    server.variables.erase("PGAPPNAME");
    return server;
}

std::string say_now(const RunState& run, const std::string& restore_point) {
    if (!run.open()) return "the run is closed (" + text_of(run.outcome) + ")";
    if (run.return_begun()) return "a rollback has begun";
    if (run.touched()) return "migrating, or deploying, has begun";
    if (!restore_point.empty()) return "the restore point is taken, and nothing is migrated yet";
    return "the run has begun, and there is no restore point yet";
}

std::string value_of(const RunState& run, const std::string& action, const char* what) {
    const auto ended = run.ended.find(action);
    return ended == run.ended.end() ? "" : ended->second.value(what, "");
}

class Facts {
  public:
    Facts(World& world, const Pipeline& pipeline, const Databases& databases, const RunState& run,
          const SwapNames& names)
        : m_world(world),
          m_pipeline(pipeline),
          m_databases(databases),
          m_run(run),
          m_names(names),
          m_points(world.restore_points()),
          m_commands(typed_commands(pipeline)) {}

    RunbookFacts read();

  private:
    void read_fence();
    void read_point();
    void read_doubts(const Manifest& manifest);
    void read_swap(const Manifest& manifest);
    void read_releases();
    void read_places();
    std::string kept_standby(const Manifest& manifest) const;
    std::string point_at(const std::string& database, const std::string& served, const Revision& revision) const;
    std::string live() const { return m_databases.live_name(); }

    World& m_world;
    const Pipeline& m_pipeline;
    const Databases& m_databases;
    const RunState& m_run;
    const SwapNames& m_names;
    RestorePoints m_points;
    std::unique_ptr<TypedCommands> m_commands;
    ReleasesOfRun m_releases;
    std::string m_id;
    RunbookFacts m_facts;
};

RunbookFacts Facts::read() {
    m_facts.run = m_run.id;
    m_facts.scope = m_pipeline.scope();
    m_facts.server = server_of(m_databases.maintenance_url(), password_place(m_pipeline.database.url));
    m_facts.live = live();
    m_facts.maintenance = m_databases.maintenance_url().database();
    m_facts.work_prefix = work_prefix(m_pipeline.scope());
    m_facts.may_be_closed = !is_in_place_engine(m_pipeline.capture.engine);
    m_id = restore_point_id(m_pipeline.scope(), m_run);
    read_fence();
    read_releases();
    read_point();
    m_facts.now = say_now(m_run, m_facts.restore_point);
    read_places();
    return m_facts;
}

void Facts::read_fence() {
    const auto note = m_run.notes.find("fence");
    const Json traffic =
        note == m_run.notes.end() || !note->second.is_object() ? Json(nullptr) : note->second.value("traffic", Json());
    auto fence = Fences::noted(m_run);
    // What will be put up is known before it is.
    if (!fence && m_pipeline.writes != Writes::open)
        fence = RaisedFence{
            m_pipeline.writes == Writes::closed ? "closed" : "read_only", live(),
            m_pipeline.writes == Writes::closed ? m_pipeline.database.app_roles : std::vector<std::string>{},
            std::nullopt};
    if (!fence) return;
    m_facts.fence = RunbookFence{*fence, std::nullopt};
    if (m_pipeline.writes == Writes::closed && m_pipeline.database.admin_url)
        m_facts.fence->as = server_of(m_databases.admin_url(), password_place(*m_pipeline.database.admin_url));
    if (!m_commands) return;
    if (const std::string let_in = m_commands->let_in(traffic); !let_in.empty())
        m_facts.let_in.push_back(
            {"Requests are turned away, or workers stand still, as long as the run lasts.", let_in});
}

void Facts::read_releases() {
    m_releases = releases_of_run(m_world, m_pipeline, m_run, m_points.manifest(m_id));
    m_facts.good = runbook_release(m_pipeline, m_run, m_releases.good, m_releases.good_served, m_commands.get(),
                                   m_world.redaction);
    m_facts.released =
        runbook_release(m_pipeline, m_run, m_run.revision, m_releases.served, m_commands.get(), m_world.redaction);
}

void Facts::read_point() {
    const auto manifest = m_points.manifest(m_id);
    if (!manifest) return;
    m_facts.restore_point = m_id;
    m_facts.may_be_closed = !is_in_place_engine(manifest->engine);
    m_facts.server_version = manifest->server_version / 10000;
    m_facts.live_connection_limit = manifest->properties.connection_limit;
    m_facts.encrypted = !manifest->encryption.empty();
    const std::string prefix = m_points.prefix(m_id);
    const auto directory = m_world.store().directory(prefix);
    if (directory) m_facts.point_directory = directory->string();
    if (!directory) m_facts.point_fetch = fetching_command(m_pipeline.store, prefix, "\"$point\"", m_world.environment);
    const ForeignReturn foreign{m_world, m_pipeline, m_databases, m_run, m_releases, m_commands.get(), *manifest};
    m_facts.foreign = foreign.read();
    if (!m_facts.foreign) read_swap(*manifest);
    read_doubts(*manifest);
}

void Facts::read_doubts(const Manifest& manifest) {
    auto& doubts = m_facts.doubts;
    const auto proof = m_points.proof(manifest.id);
    if (!proof)
        doubts.push_back("Restore point " + manifest.id + " is not proven: it may not be whole.");
    else if (proof->method == "list")
        doubts.push_back("Restore point " + manifest.id + " was listed, never restored: it may not be whole.");
    if (!m_run.touched() || m_run.outcome == Outcome::failed_clean)
        doubts.emplace_back(
            "Nothing was migrated: the data is as it was, and a return only loses what was written since.");
    if (m_facts.foreign && m_run.notes.count("undone") == 0 &&
        std::any_of(k_foreign_returns.begin(), k_foreign_returns.end(),
                    [this](const char* action) { return m_run.has_ended(action); }))
        doubts.emplace_back("It is returned already: doing it again throws away what was written since.");
}

/// On the live server, as the record knows of it.
std::string Facts::kept_standby(const Manifest& manifest) const {
    if (const auto undone = m_run.notes.find("undone"); undone != m_run.notes.end())
        return value_of(m_run, "rollback/swap-back", "returned_database");
    if (const std::string restored = value_of(m_run, "rollback/restore", "database"); !restored.empty())
        return restored;
    const auto proof = m_points.proof(manifest.id);
    return proof && proof->where == "beside" ? proof->standby : "";
}

std::string Facts::point_at(const std::string& database, const std::string& served, const Revision& revision) const {
    const ConnectionUrl& url = m_databases.live_url();
    return m_commands->repoint({database, url.part("host"), url.part("port"), url.part("user"), Secret()}, served,
                               revision);
}

void Facts::read_swap(const Manifest& manifest) {
    const std::string tag = short_hash(m_run.id, k_of_a_run);
    const std::string standby = kept_standby(manifest);
    // Swapped by a program that was killed before it noted that, where they keep their names.
    const std::string noted = value_of(m_run, "rollback/swap", "failed_database");
    const std::string aside = noted.empty() && live() == standby ? manifest.database.name : noted;
    RunbookSwap swap;
    swap.done = !aside.empty() && m_run.notes.count("undone") == 0;
    swap.standby = standby;
    swap.by_hand = database_beside(live(), k_by_hand + tag);
    swap.failed = swap.done                ? aside
                  : m_names.failed.empty() ? database_beside(live(), std::string("failed_") + k_by_hand + tag)
                                           : m_names.failed;
    swap.returned = m_names.returned.empty() ? database_beside(live(), std::string("returned_") + k_by_hand + tag)
                                             : m_names.returned;
    swap.connection_limit = manifest.properties.connection_limit;
    swap.comment = manifest.properties.comment;
    swap.sequence_margin = m_pipeline.rollback.sequence_margin;
    DatabaseMark mark{"failed",        m_pipeline.scope(),     manifest.run,
                      manifest.id,     manifest.fits_revision, m_points.manifest_digest(manifest.id),
                      k_mark_snapshot, manifest.database.oid,  0,
                      k_mark_time};
    swap.failed_mark = mark_text(mark);
    mark.kind = "returned";
    swap.returned_mark = mark_text(mark);
    const bool tells = m_pipeline.beanstalk && m_pipeline.database.located &&
                       m_pipeline.deploy_settings().run.empty() && !m_releases.good.commit.empty();
    if (tells) {
        // They keep their names: what is put aside is the one that is live until then.
        if (!swap.done) swap.failed = live();
        swap.point_at_standby = point_at(swap.done ? live() : swap.standby, m_releases.good_served, m_releases.good);
        swap.point_at_by_hand = point_at(swap.by_hand, m_releases.good_served, m_releases.good);
        swap.point_back = point_at(swap.failed, m_releases.served, m_run.revision);
    }
    RunbookObjects objects{
        manifest.engine,       {}, {}, m_facts.encrypted, manifest.properties, manifest.contents.tables,
        manifest.subscriptions};
    for (const auto& object : manifest.objects) {
        objects.keys.push_back(object.key);
        objects.digests.push_back(object.sha256);
    }
    swap.objects = std::move(objects);
    m_facts.swap = std::move(swap);
}

void Facts::read_places() {
    const Store& store = m_world.store();
    auto& places = m_facts.places;
    places.push_back("the database: " + m_databases.live_url().say());
    places.push_back("the store: " + store.address());
    places.push_back("the record of this run: " + RunRecord(m_world.store(), m_pipeline.scope(), m_run.id).place());
    places.push_back("this file: " + store.address() + "/" + runbook_key(m_pipeline.scope(), m_run.id));
    if (!m_facts.restore_point.empty())
        places.push_back("restore point " + m_id + ": " + store.address() + "/" + m_points.prefix(m_id));
    if (m_facts.swap && !m_facts.swap->standby.empty())
        places.push_back((m_facts.swap->done ? "the standby, which is live now: " : "the standby: ") +
                         m_facts.swap->standby);
    if (m_facts.swap && m_facts.swap->done) places.push_back("what was live before: " + m_facts.swap->failed);
    places.push_back("the release of this run: commit " + m_run.revision.commit +
                     (m_run.branch.empty() ? "" : " of branch " + m_run.branch));
    if (!m_facts.good.commit.empty()) places.push_back("the last good release: commit " + m_facts.good.commit);
    places.push_back("the pipeline: " + m_world.options.pipeline + " of that commit; begun by " + m_run.actor);
}

}  // namespace

RunbookFacts runbook_facts(World& world, const Pipeline& pipeline, const Databases& databases, const RunState& run,
                           const SwapNames& names) {
    return Facts(world, pipeline, databases, run, names).read();
}

}  // namespace lastgood
