#include "steps/migrate/rehearsal.hpp"

#include "backup/restore_beside.hpp"
#include "check/run_checks.hpp"
#include "core/failure.hpp"
#include "core/names.hpp"
#include "database/change_measure.hpp"
#include "database/schema_dump.hpp"
#include "framework/behind_gate.hpp"
#include "framework/manner.hpp"
#include "framework/migration_error.hpp"
#include "gate/gate.hpp"
#include "outside/console.hpp"
#include "outside/interruption.hpp"
#include "record/point_reader.hpp"
#include "step/captured_digests.hpp"
#include "step/check_results.hpp"
#include "step/standby.hpp"
#include "steps/migrate/rehearsal_clone.hpp"
#include "steps/migrate/rehearsal_locks.hpp"
#include "steps/migrate/shared_guard.hpp"

#include <algorithm>

namespace lastgood {

namespace {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;

constexpr Milliseconds k_look_every{10};

Milliseconds since(Clock::time_point begin) {
    return std::chrono::duration_cast<Milliseconds>(Clock::now() - begin);
}

Failure failed(const std::string& what, const std::string& detail) {
    return Failure(ExitCode::failed_clean, what, "nothing: it ran in a clone, which is gone",
                   "correct it, commit it and start a new run: lastgood run")
        .with_detail(detail);
}

/// Variables that say how programs are found and speak; none of them is a secret.
const std::set<std::string>& harmless_variables() {
    static const std::set<std::string> names{"PATH",
                                             "HOME",
                                             "USER",
                                             "LOGNAME",
                                             "SHELL",
                                             "LANG",
                                             "LANGUAGE",
                                             "LC_ALL",
                                             "LC_CTYPE",
                                             "LC_MESSAGES",
                                             "TZ",
                                             "TERM",
                                             "TMPDIR",
                                             "NO_COLOR",
                                             "VIRTUAL_ENV",
                                             "PYTHONPATH",
                                             "PYTHONHOME",
                                             "GEM_HOME",
                                             "GEM_PATH",
                                             "RUBYLIB",
                                             "RUBYOPT",
                                             "BUNDLE_PATH",
                                             "BUNDLE_GEMFILE",
                                             "PERL5LIB",
                                             "NODE_PATH",
                                             "NODE_ENV",
                                             "RAILS_ENV",
                                             "RACK_ENV",
                                             "APP_ENV",
                                             "DJANGO_SETTINGS_MODULE",
                                             "LD_LIBRARY_PATH",
                                             "CI"};
    return names;
}

}  // namespace

Rehearsal::Rehearsal(Ports ports, const Manifest& manifest, std::string manifest_digest)
    : m_ports(ports),
      m_manifest(manifest),
      m_digest(std::move(manifest_digest)),
      m_programs(ClientPrograms::of_major(manifest.server_version / 10000, ports.processes, ports.environment)) {}

std::string Rehearsal::database_name(const std::string& live, const std::string& restore_point) {
    return database_beside(live, "rehearsal_" + short_hash(restore_point));
}

EngineContext Rehearsal::engine_context() const {
    return {m_programs,
            m_ports.processes,
            m_ports.console,
            m_ports.databases.work_name("rehearse"),
            m_ports.databases.leftover_mark(),
            m_ports.interruption};
}

/// The framework that runs in us needs no isolation.
bool Rehearsal::isolates() const {
    if (m_ports.pipeline.migrate.framework == "sql") return true;
    return keeps_off_the_network(m_ports.processes, m_ports.console, m_ports.pipeline.migrate.rehearse->unisolated,
                                 "the migrator", "migrate.rehearse.unisolated");
}

FrameworkContext Rehearsal::context_in(Gate& gate, bool isolated) const {
    FrameworkContext context =
        behind_gate(m_ports.project.framework_context(m_manifest.server_version), gate, isolated);
    context.url = gate.listen_in_directory();
    context.existing_options.clear();
    context.application_name = m_ports.databases.work_name("rehearse");
    std::set<std::string> only = harmless_variables();
    for (const auto& name : m_ports.pipeline.migrate.rehearse->environment) only.insert(name);
    context.seclude = [only, lead = context.seclude](Command& command) {
        command.only = only;
        lead(command);
    };
    return context;
}

namespace {

/// The sooner of the two; none: however long.
std::optional<MigrationWatch::Clock::time_point> deadline_of(const MigrateSettings& settings) {
    std::optional<Milliseconds> limit = settings.rehearse->max_duration;
    if (settings.timeout.count() > 0 && (!limit || settings.timeout < *limit)) limit = settings.timeout;
    if (!limit) return std::nullopt;
    return MigrationWatch::Clock::now() + *limit;
}

}  // namespace

RehearsalReport Rehearsal::run(const std::vector<std::string>& pending, bool with_way_down) {
    if (m_ports.pipeline.capture.prove_url) return rehearse(pending, with_way_down);
    const SharedGuard shared(m_ports.databases);
    try {
        RehearsalReport report = rehearse(pending, with_way_down);
        shared.require_unchanged();
        return report;
    } catch (const Failure& failure) {
        if (failure.code() != ExitCode::failed_changed) shared.require_unchanged();
        throw;
    }
}

RehearsalReport Rehearsal::rehearse(const std::vector<std::string>& pending, bool with_way_down) {
    RehearsalReport report;
    report.isolated = isolates();
    const RehearsalClone clone({m_ports.databases, m_ports.restore_points, m_ports.pipeline, m_ports.console},
                               engine_context(), m_manifest, m_digest);
    report.server = clone.url().address();
    const std::string name = m_ports.databases.work_name("rehearse");
    MigrationWatch watch({.url = clone.url(),
                          .application_name = name,
                          .deadline = deadline_of(m_ports.pipeline.migrate),
                          .interval = k_look_every},
                         m_ports.console, m_ports.interruption);
    RehearsalLocks locks(clone.url(), name, m_ports.databases.work_name("watch"), watch, m_ports.interruption);
    Gate gate({.target = clone.url(), .application_name = name}, locks, m_ports.interruption);
    m_ports.redaction.add(gate.password().reveal());
    const FrameworkContext context = context_in(gate, report.isolated);
    const auto framework = make_framework(m_ports.pipeline.migrate.framework, context);
    if (!m_ports.pipeline.capture.prove_url) SharedGuard::refuse(framework->describe(pending));

    const Untouched untouched = look_at_untouched(clone.url());
    migrate(report, *framework, clone.url(), watch, pending);
    ask_checks(report, context, clone.url(), untouched);
    if (with_way_down) try_way_down(report, *framework, context, clone.url(), watch, locks);
    return report;
}

/// Those of verify that say something about a clone.
std::vector<CheckSettings> Rehearsal::checks() const {
    std::vector<CheckSettings> asked;
    for (const auto& check : m_ports.pipeline.verify.checks)
        if (row_of(check).in_rehearsal) asked.push_back(check);
    return asked;
}

/// What checks compare with, of the clone itself: its tables have other oids than production's.
Rehearsal::Untouched Rehearsal::look_at_untouched(const ConnectionUrl& clone) const {
    Untouched untouched;
    Session session(clone, m_ports.databases.work_name("measure"), m_ports.interruption);
    untouched.before = read_before(checks(), session);
    untouched.before.rows =
        count_rows({clone, m_ports.databases.work_name("measure"), m_ports.pipeline.capture.jobs, m_ports.interruption},
                   "")
            .tables;
    untouched.captured.restore_point = m_manifest.id;
    learn_digests(untouched.captured, m_manifest, m_ports.restore_points);
    std::map<std::string, std::uint32_t> oids;
    for (const auto& table : untouched.before.rows) oids[table.table] = table.oid;
    for (TableFacts table : m_manifest.contents.tables) {
        table.oid = oids[table.qualified()];
        untouched.captured.question.then.push_back(std::move(table));
    }
    return untouched;
}

void Rehearsal::migrate(RehearsalReport& report, Framework& framework, const ConnectionUrl& clone,
                        MigrationWatch& watch, const std::vector<std::string>& pending) {
    Session session(clone, m_ports.databases.work_name("measure"), m_ports.interruption);
    DatabaseState before = look_at_state(session, m_ports.databases.work_name("rehearse"));
    Migrations now = framework.migrations();
    if (now.pending != pending)
        throw failed("in the clone other migrations are pending than in production",
                     "the migrator does not work on the database that it is given: let its settings read the variable "
                     "that database.url names");
    std::vector<std::string> stops = framework.stepwise() ? pending : std::vector<std::string>{""};
    if (!now.pending_known) stops = {""};
    const auto described = framework.describe(pending);
    for (std::size_t i = 0; i < stops.size(); ++i) {
        RehearsedMigration rehearsed;
        rehearsed.name = stops[i].empty() ? "all of them" : stops[i];
        watch.forget_locks();
        const Manner manner = stops[i].empty() || i >= described.size() ? Manner::schema : manner_of(described[i]);
        const auto begin = Clock::now();
        try {
            framework.migrate({now, limits_of(manner, m_ports.pipeline.migrate), stops[i]});
        } catch (const MigrationError& error) {
            if (watch.cancelled() == MigrationWatch::Cancelled::time_over)
                throw Failure(ExitCode::refused, "the rehearsal was ended: it took longer than it may",
                              "nothing: it ran in a clone, which is gone",
                              "make the migration quicker, or raise migrate.timeout and rehearse.max_duration")
                    .with_detail("at \"" + rehearsed.name + "\": " + error.reason());
            throw failed("the rehearsal failed at \"" +
                             (error.migration().empty() ? rehearsed.name : error.migration()) + "\": " + error.reason(),
                         error.detail());
        }
        rehearsed.took = since(begin);
        rehearsed.locks = watch.locks();
        const DatabaseState after = look_at_state(session, m_ports.databases.work_name("rehearse"));
        rehearsed.change = change_between(before, after);
        before = after;
        now = framework.migrations();
        report.migrations.push_back(std::move(rehearsed));
    }
    if (!now.pending.empty()) throw failed("in the clone \"" + now.pending.front() + "\" is still pending", "");
}

void Rehearsal::ask_checks(RehearsalReport& report, const FrameworkContext& context, const ConnectionUrl& clone,
                           const Untouched& untouched) {
    const auto asked = checks();
    if (asked.empty()) return;
    const CheckContext check_context{
        .pipeline = m_ports.pipeline,
        .url = clone,
        .application_name = m_ports.databases.work_name("check"),
        .work_tree = m_ports.project.needs_work_tree() ? m_ports.project.work_tree() : std::filesystem::path(),
        .environment = {},
        .leftover_mark = m_ports.databases.leftover_mark(),
        .framework = [&] { return make_framework(m_ports.pipeline.migrate.framework, context); },
        .schema =
            [&](Milliseconds timeout) {
                return normalised_schema(m_programs, clone, "", m_ports.databases.work_name("schema"),
                                         m_ports.processes, m_ports.databases.leftover_mark(), timeout);
            },
        .before = untouched.before,
        .captured = untouched.captured,
        .writes_open = false,
        .redaction = m_ports.redaction,
        .processes = m_ports.processes,
        .console = m_ports.console,
        .interruption = m_ports.interruption};
    report.checks = run_checks(asked, check_context, m_ports.pipeline.verify.jobs, [](const CheckResult&) {});
    for (const auto& line : say_objections(report.checks)) m_ports.console.warning("rehearsed " + line);
    if (verdict_of(report.checks) != Verdict::failed) return;
    Failure failure = failed(
        "in the rehearsal " + std::to_string(count_of(report.checks, Verdict::failed)) + " of the checks said no", "");
    throw failure.with_detail(say_objections(report.checks));
}

/// And sees what it touches: the clone holds nothing that others wrote since, production does.
void Rehearsal::try_way_down(RehearsalReport& report, Framework& framework, const FrameworkContext& context,
                             const ConnectionUrl& clone, MigrationWatch& watch, RehearsalLocks& locks) {
    Session session(clone, m_ports.databases.work_name("measure"), m_ports.interruption);
    const std::string name = m_ports.databases.work_name("rehearse");
    const DatabaseState before = look_at_state(session, name);
    watch.forget_locks();
    locks.take_unseen();
    go_down(report, framework, context, clone);
    report.down.unseen = locks.take_unseen();
    const Change change = change_between(before, look_at_state(session, name));
    std::set<std::string> touched(change.dropped.begin(), change.dropped.end());
    touched.insert(change.rewritten.begin(), change.rewritten.end());
    for (const auto& rows : change.rows) touched.insert(rows.table);
    for (const auto& lock : watch.locks())
        if (lock.mode == "RowExclusiveLock") touched.insert(lock.table);
    for (const auto& table : touched)
        if (!is_ledger(table)) report.down.touched.push_back(table);
}

/// Up and down again everything has to be as it was, but for what the framework notes of itself.
void Rehearsal::go_down(RehearsalReport& report, Framework& framework, const FrameworkContext& context,
                        const ConnectionUrl& clone) {
    report.down.tried = true;
    const auto objects = m_ports.restore_points.open(m_manifest);
    if (objects->locked()) {
        report.down.why_not = "the restore point is encrypted, and there is no identity to compare with it";
        return;
    }
    const auto begin = Clock::now();
    try {
        framework.go_down(m_manifest.schema.heads, context.limits());
        report.down.took = since(begin);
        const auto differences =
            differences_of_restored(engine_context(), m_manifest, clone, m_ports.pipeline.capture.prove_jobs,
                                    expected_of(m_manifest, *objects), is_ledger);
        report.down.proven = differences.empty();
        if (!differences.empty()) report.down.why_not = "up and down again, " + differences.front();
    } catch (const MigrationError& error) {
        report.down.why_not = "\"" + error.migration() + "\": " + error.reason();
    } catch (const Failure& failure) {
        report.down.why_not = failure.what_happened();
    }
}

}  // namespace lastgood
