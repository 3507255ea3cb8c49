#pragma once

#include "pipeline/checks.hpp"
#include "pipeline/values.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lastgood {

class Environment;
class Redaction;

enum class OnRollback { revert, reset, none };
enum class Writes { open, read_only, closed };
enum class OnFailure { stop, rollback };
enum class Prove { restore, list, none };
/// Where migrations are run: here; in a process of their own on the platform; by the platform, when it deploys.
enum class RunsOn { here, one_off, deploy };

struct GitSettings {
    std::string revision = "HEAD";
    std::string branch;  ///< "" : the checked-out one
    std::string remote = "origin";
    OnRollback on_rollback = OnRollback::revert;
    std::string good_ref;  ///< "" : none is moved
    std::optional<SecretValue> token;
};

struct EncryptSettings {
    std::vector<std::string> recipients;  ///< of age
    std::string public_key;               ///< Ed25519, base64 of its DER
};

struct DatabaseSettings {
    SecretValue url;       ///< empty where the platform's own settings say where the database is
    bool located = false;  ///< they said so
    std::optional<SecretValue> admin_url;
    std::string maintenance_database = "postgres";  ///< "": the application's own
    std::vector<std::string> app_roles;
};

struct Deploy {
    enum class When { before_migrate, after_migrate };
    Argv run;  ///< empty: by the platform's own means
    When when = When::after_migrate;
    Milliseconds timeout{std::chrono::minutes(15)};
};

/// platform: heroku.
struct HerokuSettings {
    std::string app;
    std::string database = "DATABASE_URL";  ///< the config var of its database
    std::string git;                        ///< where a revision is pushed to be built
    std::string branch = "main";            ///< that is built
    Argv program{"heroku"};
    Milliseconds timeout{std::chrono::minutes(30)};  ///< of one build, release, backup or restore
    Milliseconds poll{std::chrono::seconds(3)};
};

/// platform: elastic_beanstalk.
struct BeanstalkSettings {
    std::string application;
    std::string environment;
    std::vector<std::string> workers;  ///< further environments, which stand still while writers are kept out
    std::string bucket;                ///< of S3, for the source bundles; "": Elastic Beanstalk's own
    std::string prefix;                ///< of their keys
    std::string instance;              ///< of RDS, for the engine rds
    std::string region;                ///< "": the CLI's own
    std::string endpoint;              ///< "": AWS's own
    Argv program{"aws"};
    Milliseconds timeout{std::chrono::minutes(30)};  ///< of one update, snapshot or restore
    Milliseconds poll{std::chrono::seconds(5)};
    DatabaseVariables variables;
};

/// When a release may begin, by the database server's clock.
struct ReleaseWindow {
    std::vector<int> days;  ///< 1 is Monday, 7 Sunday; empty: every day
    int begin = 0;          ///< minutes since midnight
    int end = 0;            ///< likewise; before `begin`: of the next day
    std::string zone = "UTC";
};

/// The engine `pgbackrest`: whole clusters, by a pgBackRest that is set up already.
struct PgBackRestSettings {
    std::string stanza;
    std::string config;            ///< its configuration file; "": its own default
    std::string type = "incr";     ///< full, diff or incr
    Argv as;                       ///< put before pgbackrest and the programs of the proof's server, on this machine
    Argv on_host;                  ///< put before the pgbackrest that restores over the data directory, where that is
    Argv stop;                     ///< stops the server
    Argv start;                    ///< starts it
    std::string scratch;           ///< directory on this machine in which a proof restores; "": nothing is restored
    bool other_databases = false;  ///< of the cluster may go back with ours
    Milliseconds timeout{std::chrono::hours(1)};  ///< until a restored server is ready
};

struct CaptureSettings {
    std::string engine = "snapshot";
    std::optional<PgBackRestSettings> pgbackrest;  ///< exactly where the engine is pgbackrest
    int jobs = 2;
    std::optional<int> compress;  ///< 0 to 9; none: the engine's own
    Prove prove = Prove::restore;
    int prove_jobs = 2;
    std::optional<SecretValue> prove_url;  ///< another server to restore on
    bool keep_standby = false;
    std::optional<std::uint64_t> disk_limit;  ///< bytes: restore point and standby together
    int keep_last = 7;
    std::optional<Milliseconds> keep_for;
    int keep_good = 1;  ///< of this many good releases
    OnFailure on_failure = OnFailure::stop;
};

/// The migrations run first in a clone of what the restore point holds. Limits that are not given do not limit.
struct RehearseSettings {
    std::map<std::string, Milliseconds>
        max_lock;                              ///< "AccessExclusiveLock": the longest that any migration may hold it
    std::optional<Milliseconds> max_duration;  ///< of all migrations together
    std::optional<std::uint64_t> max_wal;      ///< bytes, of all together
    bool unisolated = false;               ///< a foreign migrator may rehearse where it cannot be kept off the network
    std::vector<std::string> environment;  ///< variables that it gets, beside those that name no secrets
};

/// A script for the live database, in the place of migrations.
struct HotfixSettings {
    std::string script;                      ///< in the revision, else beside the pipeline file; or absolute
    Argv shell;                              ///< what is given the script on its standard input; empty: it is SQL
    std::vector<std::uint64_t> expect_rows;  ///< that it touches: one number for all, or one for each statement
    bool each_statement = false;
    bool unisolated = false;  ///< the shell may run where it cannot be kept off the network
};

struct MigrateSettings {
    std::string framework;
    RunsOn runs_on = RunsOn::here;
    std::string directory = ".";  ///< relative to the work tree
    Argv program;                 ///< how the framework's own program is started; empty: as it usually is
    std::string heads;            ///< framework command: the query for what is applied
    Argv pending;                 ///< framework command: prints what is pending; empty: that cannot be told
    Argv prepare;
    std::vector<std::string> carry;
    Milliseconds lock_timeout{500};  ///< of a change of the schema, behind which others queue; 0: none
    Milliseconds backfill_lock_timeout{std::chrono::seconds(30)};  ///< of a migration that writes rows only
    Milliseconds statement_timeout{0};                             ///< 0: none
    Milliseconds timeout{0};                                       ///< of the whole migrator; 0: none
    Milliseconds retry_for{std::chrono::minutes(2)};  ///< what gave way to a lock is tried again for so long
    Milliseconds max_queue{std::chrono::seconds(5)};  ///< others may wait behind the migrator for so long; 0: for ever
    bool remove_invalid_indexes =
        false;  ///< that an earlier try of the same run left; it then goes on where it stopped
    std::optional<Milliseconds> max_age;  ///< of the restore point, when migrate begins
    bool drift_allowed = false;           ///< the live schema may differ from the last good release's
    std::optional<RehearseSettings> rehearse;
    std::optional<HotfixSettings> hotfix;
    OnFailure on_failure = OnFailure::stop;
};

struct VerifySettings {
    std::vector<CheckSettings> checks;
    int jobs = 8;                ///< checks asked side by side
    bool evidence_rows = false;  ///< evidence may hold values of the database, not only keys and counts
    std::string junit;           ///< relative to the pipeline; "": none is written
    OnFailure on_failure = OnFailure::stop;
    OnFailure on_unknown = OnFailure::stop;
};

/// How the data goes back: by the restore point; down by the migrations' own ways, which keeps what was written since;
/// or down only where the restore point would lose something and the rehearsal has proven the way down.
enum class Strategy { restore, down, automatic };

struct RollbackSettings {
    Strategy strategy = Strategy::restore;
    std::uint64_t max_lost = 0;
    Milliseconds keep_failed{std::chrono::hours(72)};
    std::uint64_t sequence_margin = 1000;
    Argv before_open;  ///< flushes caches and queues; runs in the good revision's work tree before the database is
                       ///< opened
};

/// A pipeline as read: every default filled in, every secret expanded. Reading is the only place that knows YAML.
struct Pipeline {
    Place place;
    std::string name;
    std::string environment;
    std::string store;  ///< "file:/path"
    std::optional<EncryptSettings> encrypt;
    GitSettings git;
    DatabaseSettings database;
    Writes writes = Writes::open;
    Milliseconds fence_deadline{std::chrono::minutes(30)};  ///< the fence of writes: closed opens by itself then
    Milliseconds expires{std::chrono::hours(24)};           ///< how long a run may wait between its steps
    std::optional<ReleaseWindow> window;                    ///< in which a release may begin to change something
    std::string platform = "plain";
    std::optional<HerokuSettings> heroku;        ///< exactly where the platform is heroku
    std::optional<BeanstalkSettings> beanstalk;  ///< exactly where it is elastic_beanstalk
    std::optional<Deploy> deploy;                ///< without it, on a plain server, the code is only a branch
    std::vector<std::string>
        steps;  ///< in order: "backup-capture", "migrate", "verify", "rollback"; those the file lists
    CaptureSettings capture;
    MigrateSettings migrate;
    VerifySettings verify;
    RollbackSettings rollback;

    bool has_step(const std::string& step) const;
    /// Is there any way to put a revision into service?
    bool deploys() const { return deploy || heroku || beanstalk; }
    Deploy deploy_settings() const { return deploy.value_or(Deploy{}); }
    /// "<name>/<environment>": what a run owns while it is open.
    std::string scope() const;
};

/// Reads and checks the file. Throws Failure (exit code 2) with file, line and column for: no such file, not YAML, an
/// unknown key (with the nearest known one), a wrong type, a missing key, a missing environment variable or file, a
/// literal password. Secrets are added to `redaction`.
Pipeline read_pipeline(const std::string& path, const Environment& environment, Redaction& redaction);

/// Whether `text` can be the name of a pipeline or of an environment.
bool is_pipeline_name(std::string_view text);

/// The keys this build understands, as a JSON Schema (draft-07). pipelines/schema/pipeline.schema.json is its output.
std::string pipeline_schema();

}  // namespace lastgood
