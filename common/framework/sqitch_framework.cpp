#include "framework/sqitch_framework.hpp"

#include "core/failure.hpp"
#include "database/statement_rules.hpp"
#include "framework/marked_answer.hpp"
#include "framework/program_framework.hpp"
#include "framework/sqitch_plan.hpp"
#include "outside/files.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <set>
#include <sstream>

namespace lastgood {

namespace {

using Names = std::vector<std::string>;

/// psql runs sqitch's scripts, so psql is asked, with the same environment.
constexpr const char* k_guard_question = R"sql(
\set system ''
select pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'execute') as may \gset
\if :may
select system_identifier as system from pg_catalog.pg_control_system() \gset
\endif
select 'lastgood-answer:' || pg_catalog.json_build_object(
    'lock_timeout', current_setting('lock_timeout'), 'application_name', current_setting('application_name'),
    'database', current_database(), 'system', :'system',
    'oid', (select oid::bigint from pg_catalog.pg_database where datname = current_database()));
)sql";

/// Is the script, as psql runs it, one transaction? None where it cannot be split (psql's own commands).
std::optional<bool> is_one_transaction(const std::string& script) {
    try {
        const auto statements = split_statements(script);
        const auto controls = std::count_if(statements.begin(), statements.end(), controls_transactions);
        if (controls == 0) return statements.size() <= 1;
        return controls == 2 && controls_transactions(statements.front()) && controls_transactions(statements.back());
    } catch (const ScriptError&) {
        return std::nullopt;
    }
}

/// More than sqitch's template, which begins and commits.
bool does_something(const std::string& script) {
    try {
        const auto statements = split_statements(script);
        return !std::all_of(statements.begin(), statements.end(), controls_transactions);
    } catch (const ScriptError&) {
        return true;
    }
}

class SqitchFramework : public ProgramFramework {
  public:
    explicit SqitchFramework(const FrameworkContext& context) : ProgramFramework(context, {"sqitch"}) {}

    std::string name() const override { return "sqitch"; }
    bool stepwise() const override { return true; }
    Migrations migrations() override;
    std::vector<Described> describe(const Names& pending) override;
    GuardSeen guard_seen() override;

  protected:
    std::vector<Call> up(const Names& pending, const std::string& upto) const override;
    std::vector<Call> down(const Names& undone, const Names& applied) override;
    std::string reason_of(const ProcessResult& result) const override;
    void lead_to_database(Command& command, const Limits& limits) const override;
    Names newest_first(Names applied) const override;
    bool rolls_back(const ProcessResult& result) const override;
    std::string changed_besides() override {
        return m_had_ledger ? "" : "sqitch made its schema " + config().registry();
    }

  private:
    const SqitchConfig& config();
    std::optional<std::string> script(const std::string& kind, const std::string& change);
    std::string id_of(const std::string& change) const;
    std::vector<std::string> deployed(const std::string& project);

    std::optional<SqitchConfig> m_config;
    std::vector<SqitchChange> m_changes;
    Names m_order;             ///< of what is deployed, the oldest first
    bool m_had_ledger = true;  ///< when what is pending was described: before it ran
};

/// Everything by libpq's own variables: then no URL, and no password, stands on anybody's command line.
void SqitchFramework::lead_to_database(Command& command, const Limits& limits) const {
    const ConnectionUrl url =
        guarded_url(ConnectionUrl(context().secret.value).with_weaker_options(context().existing_options), limits,
                    context().server_version)
            .with("application_name", context().application_name);
    for (const auto& [name, value] : url.environment()) command.environment[name] = value;
    command.environment["SQITCH_TARGET"] = "db:pg:";
}

const SqitchConfig& SqitchFramework::config() {
    if (!m_config) m_config = SqitchConfig(output({{"config", "--list"}}));
    return *m_config;
}

std::vector<std::string> SqitchFramework::deployed(const std::string& project) {
    Session asking = session();
    const std::string changes = asking.quote_name(config().registry()) + ".changes";
    std::vector<std::string> ids;
    if (!asking.value("select pg_catalog.to_regclass($1)::text", {changes})) return ids;
    for (const auto& row :
         asking.query("select change_id from " + changes + " where project = $1 order by committed_at", {project}))
        ids.push_back(*row[0]);
    return ids;
}

Migrations SqitchFramework::migrations() {
    require_installed("install it where lastgood runs (sqitch, libdbd-pg-perl)");
    const SqitchPlan plan = parse_sqitch_plan(output({{"plan", "--format", k_sqitch_plan_format}}));
    m_changes = plan.changes;
    m_order.clear();
    const auto ids = deployed(plan.project);
    for (const auto& id : ids) {
        const auto found =
            std::find_if(m_changes.begin(), m_changes.end(), [&](const SqitchChange& each) { return each.id == id; });
        if (found == m_changes.end())
            throw Failure(ExitCode::refused,
                          "the database has change " + id.substr(0, 12) +
                              " deployed, which the plan of this revision does not hold as it was",
                          "nothing", "release a revision whose sqitch.plan holds it: sqitch log   names it");
        m_order.push_back(found->name);
    }
    Migrations migrations{m_order, {}};
    for (const auto& change : m_changes)
        if (std::find(ids.begin(), ids.end(), change.id) == ids.end()) migrations.pending.push_back(change.name);
    std::sort(migrations.applied.begin(), migrations.applied.end());
    return migrations;
}

std::optional<std::string> SqitchFramework::script(const std::string& kind, const std::string& change) {
    const auto path = context().directory / config().file(kind, change);
    if (!std::filesystem::exists(path)) return std::nullopt;
    return read_file(path);
}

std::vector<Described> SqitchFramework::describe(const Names& pending) {
    m_had_ledger =
        session()
            .value("select pg_catalog.to_regnamespace(pg_catalog.quote_ident($1))::text", {config().registry()})
            .has_value();
    std::vector<Described> described;
    for (const auto& name : pending) {
        Described change{name, script("deploy", name), std::nullopt, false};
        if (change.sql) change.one_transaction = is_one_transaction(*change.sql);
        const auto back = script("revert", name);
        change.way_down = back && does_something(*back);
        described.push_back(std::move(change));
    }
    return described;
}

GuardSeen SqitchFramework::guard_seen() {
    Call asked{{"-X", "-A", "-t", "-q", "-f", "-"}};
    asked.input = k_guard_question;
    asked.instead = {config().psql()};
    return guard_in(marked_answer(output(asked)));
}

std::string SqitchFramework::id_of(const std::string& change) const {
    const auto found =
        std::find_if(m_changes.begin(), m_changes.end(), [&](const SqitchChange& each) { return each.name == change; });
    return found == m_changes.end() ? change : found->id;
}

/// Mode `change`: the others would take back, by revert scripts, what went well, and nobody could say whether
/// everything is as it was.
std::vector<ProgramFramework::Call> SqitchFramework::up(const Names& /*pending*/, const std::string& upto) const {
    Call call{{"deploy", "--mode", "change"}};
    if (!upto.empty()) call.arguments.insert(call.arguments.end(), {"--to", id_of(upto)});
    return {call};
}

std::vector<ProgramFramework::Call> SqitchFramework::down(const Names& undone, const Names& applied) {
    const char* const restore = "lastgood rollback   returns to the restore point; rollback: { strategy: restore }";
    for (const auto& name : undone) {
        const auto back = script("revert", name);
        if (!back || !does_something(*back))
            throw Failure(ExitCode::refused, "\"" + name + "\" has no way down: its revert script does nothing",
                          "nothing", restore);
    }
    const auto left = m_order.size() - undone.size();
    for (std::size_t i = 0; i < left; ++i)
        if (std::find(applied.begin(), applied.end(), m_order[i]) == applied.end())
            throw Failure(ExitCode::refused, "\"" + m_order[i] + "\" is not among the last that were deployed",
                          "nothing", restore);
    Call call{{"revert", "-y"}};
    if (left > 0) call.arguments.insert(call.arguments.end(), {"--to", id_of(m_order[left - 1])});
    return {call};
}

Names SqitchFramework::newest_first(Names applied) const {
    Names ordered;
    std::copy_if(m_order.rbegin(), m_order.rend(), std::back_inserter(ordered),
                 [&](const auto& name) { return std::find(applied.begin(), applied.end(), name) != applied.end(); });
    return ordered;
}

/// A change whose verify script fails has been committed, and is taken back by its revert script.
bool SqitchFramework::rolls_back(const ProcessResult& result) const {
    return (result.out + result.err).find("erify script") == std::string::npos;
}

/// psql's words: what sqitch says of it comes behind.
std::string SqitchFramework::reason_of(const ProcessResult& result) const {
    std::istringstream lines(result.err);
    std::string reason;
    for (std::string line; std::getline(lines, line);)
        if (line.find(": ERROR:  ") != std::string::npos) reason = line;
    return reason.empty() ? ProgramFramework::reason_of(result) : reason;
}

}  // namespace

std::unique_ptr<Framework> make_sqitch_framework(const FrameworkContext& context) {
    return std::make_unique<SqitchFramework>(context);
}

}  // namespace lastgood
