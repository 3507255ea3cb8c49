#include "pipeline/keys.hpp"

namespace lastgood {
namespace {

/// PostgreSQL keeps its timeouts in an int of milliseconds.
constexpr std::uint64_t k_postgres_timeout_limit = 2147483647;

Key on_failure() {
    return {.name = "on_failure",
            .kind = Kind::choice,
            .help = "what follows when this step failed and something was changed",
            .fallback = "stop",
            .choices = {"stop", "rollback"}};
}

const Section& prove_section() {
    static const Section section{
        "prove",
        "how a restore point is proven",
        {
            {.name = "how",
             .kind = Kind::choice,
             .help = "restore: into a new database, compared; list: the archive's list is read; none",
             .fallback = "restore",
             .choices = {"restore", "list", "none"}},
            {.name = "jobs",
             .kind = Kind::number,
             .help = "connections of the restore: its load on the server",
             .fallback = "2",
             .minimum = 1,
             .maximum = 64},
            {.name = "url",
             .kind = Kind::database_url,
             .help = "another server to restore on",
             .example = "${PROVE_URL}"},
        }};
    return section;
}

const Section& keep_section() {
    static const Section section{"keep",
                                 "which restore points stay",
                                 {
                                     {.name = "last",
                                      .kind = Kind::number,
                                      .help = "this many, whatever their age",
                                      .fallback = "7",
                                      .minimum = 1,
                                      .maximum = 100000},
                                     {.name = "days",
                                      .kind = Kind::number,
                                      .help = "and those younger than this",
                                      .example = "30",
                                      .minimum = 1,
                                      .maximum = 36500},
                                     {.name = "good",
                                      .kind = Kind::number,
                                      .help = "and the newest of this many good releases",
                                      .fallback = "1",
                                      .minimum = 1,
                                      .maximum = 100000},
                                 }};
    return section;
}

const Section& pgbackrest_section() {
    static const Section section{
        "pgbackrest",
        "the engine pgbackrest: the whole cluster, by a pgBackRest that is set up and archives already",
        {
            {.name = "stanza", .help = "of pgBackRest", .required = true, .example = "main"},
            {.name = "config",
             .help = "pgBackRest's configuration file, if it is not the usual one",
             .example = "/etc/pgbackrest/pgbackrest.conf"},
            {.name = "type",
             .kind = Kind::choice,
             .help = "of the backup; incr and diff are full where there is none to build on",
             .fallback = "incr",
             .choices = {"full", "diff", "incr"}},
            {.name = "as",
             .kind = Kind::argv,
             .help = "put before pgbackrest and before the server of the proof, on this machine",
             .example = "[sudo, -n, -u, postgres, --]"},
            {.name = "on_host",
             .kind = Kind::argv,
             .help = "put before the pgbackrest of a rollback, where the data directory is; as, if it is not given",
             .example = "[ssh, db1, sudo, -n, -u, postgres]"},
            {.name = "stop",
             .kind = Kind::argv,
             .help = "stops the server in a rollback",
             .required = true,
             .example = "[sudo, -n, systemctl, stop, postgresql@15-main]"},
            {.name = "start",
             .kind = Kind::argv,
             .help = "starts it again",
             .required = true,
             .example = "[sudo, -n, systemctl, start, postgresql@15-main]"},
            {.name = "scratch",
             .help = "a directory on this machine in which the proof restores the cluster",
             .example = "/var/lib/lastgood/scratch"},
            {.name = "other_databases",
             .kind = Kind::choice,
             .help = "accept: other databases of the cluster go back with this one in a rollback",
             .fallback = "refuse",
             .choices = {"refuse", "accept"}},
            {.name = "timeout",
             .kind = Kind::duration,
             .help = "until a restored server is ready",
             .fallback = "1h",
             .minimum = 1000},
        }};
    return section;
}

const Section& capture_section() {
    static const Section section{
        "backup-capture",
        "takes a restore point and proves it",
        {
            {.name = "engine",
             .kind = Kind::choice,
             .help = "how the backup is made",
             .fallback = "snapshot",
             .choices = {"snapshot", "pg_dump", "pgbackrest", "heroku", "rds"}},
            {.name = "pgbackrest",
             .kind = Kind::section,
             .help = pgbackrest_section().help,
             .section = pgbackrest_section},
            {.name = "jobs",
             .kind = Kind::number,
             .help = "parallel connections of the capture",
             .fallback = "2",
             .minimum = 1,
             .maximum = 64},
            {.name = "compress",
             .kind = Kind::number,
             .help = "compression level: of zstd for engine snapshot (1 where nothing is said), of gzip for pg_dump "
                     "(6; 0 for none)",
             .example = "1",
             .maximum = 9},
            {.name = "prove",
             .kind = Kind::choice,
             .help = prove_section().help,
             .fallback = "restore",
             .choices = {"restore", "list", "none"},
             .section = prove_section},
            {.name = "standby",
             .kind = Kind::choice,
             .help = "keep: the database restored for the proof stays, sealed, so that a rollback is a rename",
             .fallback = "drop",
             .choices = {"keep", "drop"}},
            {.name = "disk_limit",
             .kind = Kind::size,
             .help = "of restore point and standby together; refuses before it is passed",
             .example = "40GB"},
            {.name = "keep", .kind = Kind::section, .help = keep_section().help, .section = keep_section},
            on_failure(),
        }};
    return section;
}

Key lock_limit(std::string_view name, std::string_view help) {
    return {.name = name, .kind = Kind::duration, .help = help, .example = "500ms"};
}

Key unisolated(std::string_view help) {
    return {.name = "unisolated",
            .kind = Kind::choice,
            .help = help,
            .fallback = "refuse",
            .choices = {"refuse", "accept"}};
}

const Section& max_lock_section() {
    static const Section section{"max_lock",
                                 "how long a migration may hold each lock",
                                 {
                                     lock_limit("access_exclusive", "keeps out readers and writers"),
                                     lock_limit("exclusive", "keeps out writers"),
                                     lock_limit("share_row_exclusive", "keeps out writers"),
                                     lock_limit("share", "keeps out writers"),
                                     lock_limit("share_update_exclusive", "keeps out other changes of the schema"),
                                 }};
    return section;
}

const Section& rehearse_section() {
    static const Section section{
        "rehearse",
        "true: pending migrations run first in a clone of what the restore point holds, never in production",
        {
            {.name = "max_lock", .kind = Kind::section, .help = max_lock_section().help, .section = max_lock_section},
            {.name = "max_duration",
             .kind = Kind::duration,
             .help = "of all migrations together",
             .example = "5m",
             .minimum = 1},
            {.name = "max_wal", .kind = Kind::size, .help = "that all migrations together write", .example = "4GB"},
            unisolated("a migrator may rehearse although it cannot be kept off the network here"),
            {.name = "environment",
             .kind = Kind::texts,
             .help = "variables of ours that the migrator needs",
             .example = "[SECRET_KEY]"},
        }};
    return section;
}

const Section& hotfix_section() {
    static const Section section{
        "hotfix",
        "a script for the live database, in the place of migrations: tried in a transaction that is rolled back, then "
        "run "
        "in one transaction",
        {
            {.name = "script",
             .help = "in the revision, else beside the pipeline file; or absolute",
             .required = true,
             .example = "fixes/2026-11-26.sql"},
            {.name = "shell",
             .kind = Kind::argv,
             .help =
                 "what gets the script on its standard input, and the database through a gate; without it the script "
                 "is SQL",
             .example = "[python3, manage.py, shell]"},
            {.name = "expect_rows",
             .kind = Kind::number_list,
             .help =
                 "that it touches, all in all, or each of its statements that writes; with any other number nothing is "
                 "changed",
             .required = true,
             .example = "3"},
            unisolated("the shell may run although it cannot be kept off the network here"),
        }};
    return section;
}

const Section& migrate_section() {
    static const Section section{
        "migrate",
        "migrates from a clean work tree of the pinned revision",
        {
            {.name = "framework",
             .kind = Kind::choice,
             .help = "who migrates: sql (numbered files), the framework of that name, or command (any program)",
             .required = true,
             .example = "django",
             .choices = {"sql", "django", "alembic", "rails", "sqitch", "dbmate", "command"}},
            {.name = "run",
             .kind = Kind::choice,
             .help = "here: from this machine; one_off: in a one-off process of the platform, once the revision is "
                     "deployed; on_deploy: by the deploy itself (a release phase, container_commands), which is "
                     "waited for",
             .fallback = "here",
             .choices = {"here", "one_off", "on_deploy"}},
            {.name = "directory",
             .kind = Kind::path,
             .help = "of the migrations (sql) or the project (all others)",
             .fallback = "."},
            {.name = "program",
             .kind = Kind::argv,
             .help = "how the framework's own program is started, where not as it usually is; of framework command: "
                     "what migrates, and wanted there",
             .example = "[.venv/bin/python, manage.py]"},
            {.name = "heads",
             .help = "of framework command, and wanted there: a query for the names of what is applied",
             .example = "\"select version from schema_version\""},
            {.name = "pending",
             .kind = Kind::argv,
             .help =
                 "of framework command: prints the names of what is pending, one a line; without it nobody can tell",
             .example = "[./migrate.sh, --list-pending]"},
            {.name = "prepare",
             .kind = Kind::argv,
             .help = "runs in the work tree before anything else",
             .example = "[pip, install, -r, requirements.txt]"},
            {.name = "carry",
             .kind = Kind::paths,
             .help = "ignored files that the work tree needs, linked into it",
             .example = "[node_modules]"},
            {.name = "lock_timeout",
             .kind = Kind::duration,
             .help = "of every statement of a migration that changes the schema; 0s for none",
             .fallback = "500ms",
             .maximum = k_postgres_timeout_limit},
            {.name = "backfill_lock_timeout",
             .kind = Kind::duration,
             .help = "of every statement of a migration that writes rows only; 0s for none",
             .fallback = "30s",
             .maximum = k_postgres_timeout_limit},
            {.name = "statement_timeout",
             .kind = Kind::duration,
             .help = "of every statement; 0s for none",
             .fallback = "0s",
             .maximum = k_postgres_timeout_limit},
            {.name = "timeout", .kind = Kind::duration, .help = "of the whole migrator; 0s for none", .fallback = "0s"},
            {.name = "retry_for",
             .kind = Kind::duration,
             .help = "how long a migration that gave way to a lock, and was rolled back, is tried again",
             .fallback = "2m"},
            {.name = "max_queue",
             .kind = Kind::duration,
             .help = "how long others may wait behind the migrator before it is cancelled; 0s for ever",
             .fallback = "5s"},
            {.name = "remove_invalid_indexes",
             .kind = Kind::flag,
             .help = "true: a rerun drops the invalid indexes that the failed try left, and goes on",
             .fallback = "false"},
            {.name = "max_age",
             .kind = Kind::duration,
             .help = "of the restore point when migrate begins",
             .example = "1h",
             .minimum = 1000},
            {.name = "drift",
             .kind = Kind::choice,
             .help = "refuse: nothing is migrated if somebody changed the schema since the last good release",
             .fallback = "refuse",
             .choices = {"refuse", "allow"}},
            {.name = "hotfix", .kind = Kind::section, .help = hotfix_section().help, .section = hotfix_section},
            {.name = "rehearse",
             .kind = Kind::flag,
             .help = rehearse_section().help,
             .fallback = "false",
             .section = rehearse_section},
            on_failure(),
        }};
    return section;
}

const Section& verify_section() {
    static const Section section{"verify",
                                 "says whether the release is good",
                                 {
                                     {.name = "checks",
                                      .kind = Kind::entries,
                                      .help = "every one runs, even if an earlier one failed",
                                      .required = true,
                                      .example = "[no_pending_migrations: {}]",
                                      .entries = check_sections()},
                                     {.name = "jobs",
                                      .kind = Kind::number,
                                      .help = "checks asked side by side, each with a connection of its own or more",
                                      .fallback = "8",
                                      .minimum = 1,
                                      .maximum = 64},
                                     {.name = "evidence",
                                      .kind = Kind::choice,
                                      .help = "what may be shown of the data that a verdict stands on: keys and "
                                              "counts, or the rows themselves",
                                      .fallback = "keys",
                                      .choices = {"keys", "rows"}},
                                     {.name = "junit",
                                      .help = "a file for the results as JUnit XML; relative to the pipeline",
                                      .example = "verify.xml"},
                                     {.name = "on_failure",
                                      .kind = Kind::choice,
                                      .help = "what follows when verify says no",
                                      .fallback = "stop",
                                      .choices = {"stop", "rollback"}},
                                     {.name = "on_unknown",
                                      .kind = Kind::choice,
                                      .help = "what follows when verify could not tell",
                                      .fallback = "stop",
                                      .choices = {"stop", "rollback"}},
                                 }};
    return section;
}

const Section& rollback_section() {
    static const Section section{"rollback",
                                 "returns to the last good pair",
                                 {
                                     {.name = "strategy",
                                      .kind = Kind::choice,
                                      .help = "restore: the data of the restore point; down: the migrations' own ways "
                                              "down; auto: down where the rehearsal has proven it and restoring would "
                                              "lose what others wrote",
                                      .fallback = "restore",
                                      .choices = {"restore", "down", "auto"}},
                                     {.name = "max_lost",
                                      .kind = Kind::number,
                                      .help = "rows written by others that may be left behind without asking",
                                      .fallback = "0"},
                                     {.name = "keep_failed",
                                      .kind = Kind::duration,
                                      .help = "how long the failed database stays",
                                      .fallback = "72h"},
                                     {.name = "sequence_margin",
                                      .kind = Kind::number,
                                      .help = "how far sequences are set beyond both databases",
                                      .fallback = "1000",
                                      .maximum = 1000000000000},
                                     {.name = "before_open",
                                      .kind = Kind::argv,
                                      .help = "flushes caches and queues before the database is opened",
                                      .example = "[./flush.sh]"},
                                 }};
    return section;
}

}  // namespace

const std::vector<SectionOf>& step_sections() {
    static const std::vector<SectionOf> sections{capture_section, migrate_section, verify_section, rollback_section};
    return sections;
}

}  // namespace lastgood
