#include "framework/django_framework.hpp"

#include "core/failure.hpp"
#include "core/quantity.hpp"
#include "framework/django_manage.hpp"
#include "framework/lock_watch.hpp"
#include "pipeline/pipeline.hpp"

#include <algorithm>
#include <sstream>

#include <nlohmann/json.hpp>

namespace lastgood {

namespace {

constexpr const char* k_guard_question = R"py(
import json
from django.db import connection
seen = {}
if connection.vendor == 'postgresql':
    with connection.cursor() as cursor:
        cursor.execute("select current_setting('lock_timeout'), current_setting('application_name'), current_database(), "
                       "(select oid::bigint from pg_database where datname = current_database()), "
                       "has_function_privilege('pg_control_system()', 'execute')")
        row = cursor.fetchone()
        seen = {'lock_timeout': row[0], 'application_name': row[1], 'database': row[2], 'oid': row[3], 'system': ''}
        if row[4]:
            cursor.execute("select system_identifier::text from pg_control_system()")
            seen['system'] = cursor.fetchone()[0]
print()
print('lastgood-answer:' + json.dumps(seen))
)py";

/// Whether the ledger is there, and which migrations are not atomic.
constexpr const char* k_state_question = R"py(
import json
from django.db import connection
from django.db.migrations.loader import MigrationLoader
loader = MigrationLoader(connection)
parts = []
for key, migration in loader.graph.nodes.items():
    if migration is not None and not migration.atomic:
        parts.append('.'.join(key))
print()
print('lastgood-answer:' + json.dumps({'ledger': 'django_migrations' in connection.introspection.table_names(), 'not_atomic': parts}))
)py";

struct DjangoState {
    bool ledger = false;
    std::vector<std::string> not_atomic;
};

bool among(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// "[X]  shop.0001_initial" and "[ ]  shop.0002_split".
Migrations parse_plan(const std::string& plan) {
    Migrations migrations;
    std::istringstream lines(plan);
    for (std::string line; std::getline(lines, line);) {
        const bool applied = line.starts_with("[X]  ");
        if (!applied && !line.starts_with("[ ]  ")) continue;
        std::istringstream rest(line.substr(5));
        std::string name;
        rest >> name;
        (applied ? migrations.applied : migrations.pending).push_back(name);
    }
    std::sort(migrations.applied.begin(), migrations.applied.end());
    return migrations;
}

/// The exception's own line: Python prints it last.
std::string reason_of(const ProcessResult& result) {
    if (result.exit_code < 0 || result.timed_out) return result.say_end();
    std::istringstream lines(result.err);
    std::string reason;
    for (std::string line; std::getline(lines, line);) {
        const bool continues = line.empty() || line[0] == ' ' || line.starts_with("DETAIL:") ||
                               line.starts_with("HINT:") || line.starts_with("CONTEXT:") || line.starts_with("LINE ");
        if (!continues) reason = line;
    }
    return reason.empty() ? result.say_end() : reason;
}

class DjangoFramework : public Framework {
  public:
    explicit DjangoFramework(const FrameworkContext& context) : m_context(context), m_manage(m_context) {}

    std::string name() const override { return "django"; }
    void answer_within(std::chrono::milliseconds limit) override { m_manage.answer_within(limit); }
    Migrations migrations() override { return parse_plan(m_manage.output({"showmigrations", "--plan", "--no-color"})); }
    GuardSeen guard_seen() override;
    MigrateResult migrate() override;
    std::vector<std::string> own_transactions(Session&, const std::vector<std::string>&) override { return {}; }

  private:
    DjangoState state() const;
    Failure failure(const ProcessResult& result, const Migrations& before, const DjangoState& state_before,
                    const LockWatch& watch);

    FrameworkContext m_context;
    DjangoManage m_manage;
};

GuardSeen DjangoFramework::guard_seen() {
    const auto answer = m_manage.ask(k_guard_question);
    const auto seen = nlohmann::json::parse(answer, nullptr, false);
    if (!seen.is_object() || seen.empty()) return {};
    return {.known = true,
            .lock_timeout = seen.value("lock_timeout", ""),
            .application_name = seen.value("application_name", ""),
            .database = seen.value("database", ""),
            .database_oid = seen.value("oid", 0U),
            .system_identifier = seen.value("system", "")};
}

DjangoState DjangoFramework::state() const {
    const auto answer = nlohmann::json::parse(m_manage.ask(k_state_question), nullptr, false);
    if (!answer.is_object()) return {};
    return {answer.value("ledger", false), answer.value("not_atomic", std::vector<std::string>{})};
}

MigrateResult DjangoFramework::migrate() {
    const auto before = migrations();
    const auto state_before = state();
    const LockWatch watch(m_context.url, m_context.application_name, m_context.interruption);
    const auto result = m_manage.run({"migrate", "--noinput", "--no-color"}, true);
    if (!result.ok()) throw failure(result, before, state_before, watch);
    const auto after = migrations();
    if (!after.pending.empty()) {
        throw Failure(ExitCode::failed_changed,
                      "manage.py migrate succeeded, but \"" + after.pending.front() + "\" is still pending",
                      say_count(before.pending.size() - after.pending.size(), "migration") + " applied",
                      "lastgood rollback");
    }
    return {before.pending, {}};
}

Failure DjangoFramework::failure(const ProcessResult& result, const Migrations& before, const DjangoState& state_before,
                                 const LockWatch& watch) {
    Migrations after;
    try {
        after = migrations();
    } catch (const Failure& failure) {
        return Failure(ExitCode::in_doubt,
                       "manage.py migrate failed, and Django cannot say what it applied: " + reason_of(result),
                       "not known", "lastgood rollback")
            .with_detail(failure.what_happened() + "\n" + failure.detail());
    }
    std::vector<std::string> done;
    for (const auto& name : before.pending) {
        if (among(after.applied, name)) done.push_back(name);
    }
    const std::string failed =
        after.pending.empty() ? "what follows the migrations" : "\"" + after.pending.front() + "\"";
    std::string reason = reason_of(result);
    std::string detail = result.tail();
    if (result.err.find("lock timeout") != std::string::npos) {
        const auto wait = watch.last_wait();
        reason = "lock timeout" + (wait ? " on " + wait->what : "");
        if (wait && !wait->holders.empty()) detail = wait->holders + "\n" + detail;
    }
    const bool atomic = !after.pending.empty() && !among(state_before.not_atomic, after.pending.front());
    const bool clean = done.empty() && atomic && state_before.ledger;
    const auto code = result.exit_code < 0 || result.timed_out ? ExitCode::in_doubt
                      : clean                                  ? ExitCode::failed_clean
                                                               : ExitCode::failed_changed;
    std::string changed = done.empty() ? "nothing" : "schema at " + done.back();
    if (!atomic) changed = failed + " may be applied in part";
    if (done.empty() && atomic && !state_before.ledger) changed = "Django made its table django_migrations";
    if (code == ExitCode::in_doubt) changed = "not known: " + failed + " may be applied";
    return Failure(code,
                   std::to_string(done.size()) + " of " + say_count(before.pending.size(), "migration") +
                       " applied, then " + failed + " failed: " + reason,
                   changed,
                   clean ? "correct the migration, commit it and start a new run: lastgood run" : "lastgood rollback")
        .with_detail(detail);
}

}  // namespace

std::unique_ptr<Framework> make_django_framework(const FrameworkContext& context) {
    return std::make_unique<DjangoFramework>(context);
}

}  // namespace lastgood
