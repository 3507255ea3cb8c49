#include "backup/in_place_engine.hpp"
#include "core/failure.hpp"
#include "core/quantity.hpp"
#include "database/client_programs.hpp"
#include "database/server.hpp"
#include "git/repository.hpp"
#include "outside/files.hpp"
#include "record/environment_ledger.hpp"
#include "record/good_releases.hpp"
#include "step/cluster_state.hpp"
#include "step/drift.hpp"
#include "step/joined_run.hpp"
#include "step/neighbours.hpp"
#include "step/pending_migrations.hpp"
#include "step/workplace.hpp"
#include "steps/lastgood/commands.hpp"
#include "steps/lastgood/finding.hpp"
#include "steps/lastgood/siblings.hpp"
#include "store/store.hpp"

#include <functional>
#include <vector>

namespace lastgood {

namespace {

/// Looks at everything in turn; one that fails does not stop the others.
class Examination {
  public:
    explicit Examination(World& world)
        : m_world(world), m_pipeline(world.located_pipeline()), m_databases(m_pipeline, "check", world.interruption) {}

    std::vector<Finding> run() {
        look("programs", [&] { programs(); });
        look("store", [&] { store(); });
        if (m_pipeline.encrypt) look("encrypt", [&] { encryption(); });
        look("git", [&] { git(); });
        look("database", [&] { database(); });
        look("clients", [&] { clients(); });
        if (m_pipeline.capture.pgbackrest) look("pgbackrest", [&] { cluster(); });
        if (m_world.platform() != nullptr) look("platform", [&] { platform(); });
        look("migrations", [&] { migrations(); });
        return m_findings;
    }

  private:
    void look(const std::string& about, const std::function<void()>& at) {
        try {
            at();
        } catch (const Failure& failure) {
            m_findings.push_back({Weight::trouble, about, failure.what_happened(), failure.next()});
        } catch (const Interrupted&) {
            throw;
        } catch (const std::exception& error) {
            m_findings.push_back({Weight::trouble, about, error.what(), "mend this, then lastgood check"});
        }
    }
    void fine(const std::string& about, const std::string& sentence) {
        m_findings.push_back({Weight::fine, about, sentence, ""});
    }
    void note(const std::string& about, const std::string& sentence) {
        m_findings.push_back({Weight::note, about, sentence, ""});
    }
    void trouble(const std::string& about, const std::string& sentence, const std::string& next) {
        m_findings.push_back({Weight::trouble, about, sentence, next});
    }

    void programs() {
        Siblings(m_world.processes).require({"backup-capture", "migrate", "verify", "rollback"});
        fine("programs", "all step programs are beside this one");
    }

    void store() {
        Store& store = m_world.store();
        require_writable(store);
        const auto free = store.free_space();
        fine("store", store.address() + (free ? ", " + say_size(*free) + " free" : ""));
        const EnvironmentLedger ledger(store, m_pipeline.scope());
        if (const auto open = ledger.open_run()) note("store", "run " + open->id + " is open (" + open->actor + ")");
        if (!GoodReleases(store, m_pipeline.scope()).newest())
            note("store",
                 "no good release yet: lastgood adopt REVISION makes the first, or the first passed verify does; until "
                 "then a rollback leaves the code to you");
    }

    void encryption() {
        const Protection& protection = m_world.protection();
        protection.require_signing_key();
        if (m_world.processes.find("age").empty())
            return trouble("encrypt", "the program age is not installed", "install age, then lastgood check");
        fine("encrypt", say_count(m_pipeline.encrypt->recipients.size(), "recipient") + ", manifests are signed");
        if (!protection.can_decrypt())
            note("encrypt",
                 "no age identity here: what is proven is what passes by, and a rollback needs the standby or "
                 "LASTGOOD_AGE_IDENTITY_FILE");
    }

    void git() {
        const Repository repository = Repository::open(directory());
        const auto good = GoodReleases(m_world.store(), m_pipeline.scope()).newest();
        const Pinned pinned = pin(m_pipeline, repository, good ? std::optional(good->revision) : std::nullopt);
        fine("git", "would pin " + pinned.revision.commit.substr(0, 12) +
                        (pinned.branch.empty() ? "" : " on " + pinned.branch));
        for (const auto& remark : pinned.remarks) note("git", remark);
        if (repository.is_shallow())
            note("git", "a shallow clone: the branch is worked on in a full copy, fetched when it is needed");
        if (!m_pipeline.git.token && !pinned.branch.empty())
            note("git",
                 "whether a push would be allowed cannot be known beforehand; a refused one is left to you and holds "
                 "nothing up");
    }

    void database() {
        Session live = m_databases.live("check");
        const DatabaseIdentity seen = identify(live);
        fine("database", seen.name + " at " + seen.address + ", PostgreSQL " +
                             live.value("show server_version").value_or("?") + ", " +
                             say_size(database_size(live, seen.name)));
        EnvironmentLedger ledger(m_world.store(), m_pipeline.scope());
        require_binding(ledger, seen, m_pipeline.environment, false);
        rights(live);
        for (const auto& obstacle : obstacles(live)) {
            if (obstacle.forbids_swap)
                trouble("database", obstacle.sentence,
                        "clear this before a release, or do not rely on an automatic way back");
            else
                note("database", obstacle.sentence);
        }
        Session maintenance = m_databases.maintenance("check");
        const auto found = neighbours(m_world.store(), maintenance, m_databases.scope(), seen);
        for (const auto& neighbour : found) note("database", neighbour.say());
        require_no_run_of_neighbours(found);
    }

    void rights(Session& live) {
        const RoleFacts role = role_facts(live);
        if (!role.owns_database && !role.superuser)
            trouble("database", "role \"" + role.name + "\" does not own the database: it cannot be swapped",
                    "ALTER DATABASE ... OWNER TO \"" + role.name + "\"");
        if (!role.createdb && !role.superuser && !m_pipeline.capture.pgbackrest &&
            !is_in_place_engine(m_pipeline.capture.engine))
            trouble("database",
                    "role \"" + role.name + "\" may not create databases: nothing can be restored beside the original",
                    "ALTER ROLE \"" + role.name + "\" CREATEDB");
        if (!role.may_signal_backends)
            note("database", "role \"" + role.name +
                                 "\" may end only its own backends; others in the way would stop a swap: GRANT "
                                 "pg_signal_backend TO \"" +
                                 role.name + "\"");
        if (m_pipeline.capture.prove == Prove::restore && !m_pipeline.capture.prove_url &&
            !m_pipeline.capture.pgbackrest)
            note("database",
                 "the proof runs beside production and slows it down; prove: { url: ... } moves it to another server");
    }

    void platform() {
        for (const auto& remark : m_world.platform()->look())
            remark.trouble ? trouble("platform", remark.sentence, remark.next) : fine("platform", remark.sentence);
    }

    void one_migrator(Project& project) {
        const std::string other = project.migrates_on_deploy();
        const bool on_deploy = m_pipeline.migrate.runs_on == RunsOn::deploy;
        if (!other.empty() && !on_deploy)
            trouble("migrations", "a deploy of this revision migrates by itself, by " + other + ", and so would we",
                    "write migrate: { run: on_deploy }, or take it out of the revision");
        if (!other.empty() && on_deploy) fine("migrations", "the deploy migrates, by " + other);
        if (other.empty() && on_deploy && m_pipeline.deploy_settings().run.empty())
            trouble("migrations",
                    "migrate: { run: on_deploy }, but nothing in this revision migrates when it is deployed",
                    "write migrate: { run: here }, or let the deploy migrate");
    }

    void cluster() {
        Session live = m_databases.live("check");
        const ClientPrograms programs =
            ClientPrograms::of_major(live.server_version() / 10000, m_world.processes, m_world.environment);
        const EngineContext context = engine_context(m_world, m_databases, programs, "check");
        const ClusterState seen = look_at_cluster(
            live, m_pipeline, *make_cluster_engine(m_pipeline.capture.engine, context, m_pipeline.capture));
        if (!seen.hindrance.empty()) trouble("pgbackrest", seen.hindrance, seen.help);
        if (!seen.same_cluster)
            return trouble("pgbackrest", "the stanza backs up another cluster than the one that database.url names",
                           "correct pgbackrest.stanza or pgbackrest.config");
        fine("pgbackrest", "stanza " + m_pipeline.capture.pgbackrest->stanza + " backs up this cluster");
        for (const auto& name : seen.other_databases)
            m_pipeline.capture.pgbackrest->other_databases
                ? note("pgbackrest", "a rollback takes database \"" + name + "\" back too")
                : trouble("pgbackrest", "a rollback would take database \"" + name + "\" back too",
                          "engine: snapshot; or pgbackrest.other_databases: accept");
    }

    void clients() {
        Session live = m_databases.live("check");
        const ClientPrograms programs =
            ClientPrograms::of_major(live.server_version() / 10000, m_world.processes, m_world.environment);
        fine("clients", "pg_dump " + programs.version());
        const GoodReleases releases(m_world.store(), m_pipeline.scope());
        if (untouched_since(releases, live)) return;
        const std::string schema = live_schema(m_databases, programs, m_world.processes);
        const auto drift = drift_since(releases, sha256(schema), schema);
        if (!drift) return;
        const std::string what = drift->say() + (drift->difference.empty() ? "" : "\n" + drift->difference);
        if (m_pipeline.migrate.drift_allowed) return note("schema", what);
        trouble("schema", what,
                "lastgood adopt REVISION   once what is live is right, or take the change back; or migrate: { drift: "
                "allow }");
    }

    void migrations() {
        if (!m_pipeline.has_step("migrate")) return;
        const Repository repository = Repository::open(directory());
        Project project(m_pipeline, repository, repository.resolve(m_pipeline.git.revision), m_databases,
                        m_world.platform(), m_world.processes, m_world.console, m_world.environment,
                        m_world.interruption);
        Session live = m_databases.live("check");
        const auto framework = project.framework(live.server_version());
        const Migrations found = framework->migrations();
        fine("migrations", std::to_string(found.applied.size()) + " applied, " +
                               (found.pending_known ? std::to_string(found.pending.size()) + " pending"
                                                    : "nobody can tell what is pending (migrate.pending)"));
        if (!found.pending.empty()) project.work_tree();  // the linter's configuration lies there
        for (const auto& pending :
             look_at_pending(*framework, project.framework_context(live.server_version()), found)) {
            std::string text = say_pending(pending.migration);
            for (const auto& line : explain_pending(pending)) text += "\n" + line;
            note("migrations", text);
        }
        for (const auto& obstacle : migration_obstacles(live)) note("migrations", "in the way: " + obstacle.sentence);
        const GuardSeen guard = framework->guard_seen();
        if (!guard.known || guard.lock_timeout == "0")
            note("migrations", "unguarded: lock_timeout does not reach the migrator's connection");
        if (guard.database_oid != 0 && guard.database_oid != identify(live).oid)
            trouble("migrations", "the migrator works on database \"" + guard.database + "\"",
                    "let its settings read the variable that database.url names");
        one_migrator(project);
        if (auto finding = undescribed_models(*framework)) m_findings.push_back(std::move(*finding));
        kept_secrets(project);
    }

    /// A hotfix by hand begins with credentials in the project.
    void kept_secrets(Project& project) {
        for (const auto& found : secrets_in(project.work_tree())) m_findings.push_back(found);
    }

    std::filesystem::path directory() const {
        return std::filesystem::absolute(m_world.options.pipeline).parent_path();
    }

    World& m_world;
    const Pipeline& m_pipeline;
    Databases m_databases;
    std::vector<Finding> m_findings;
};

}  // namespace

int check_pipeline(World& world) {
    return report(world, Examination(world).run());
}

}  // namespace lastgood
