#include "framework/django_framework.hpp"

#include "core/failure.hpp"
#include "framework/django_questions.hpp"
#include "framework/marked_answer.hpp"
#include "framework/program_framework.hpp"

#include <algorithm>
#include <sstream>

#include <nlohmann/json.hpp>

namespace lastgood {

namespace {

using Json = nlohmann::json;

/// "shop.0002_split".
struct DjangoName {
    explicit DjangoName(const std::string& text)
        : app(text.substr(0, text.find('.'))), migration(text.substr(text.find('.') + 1)) {}
    std::string app;
    std::string migration;
};

/// "[X]  shop.0001_initial" and "[ ]  shop.0002_split", in the order in which they run.
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
    return migrations;
}

class DjangoFramework : public ProgramFramework {
  public:
    explicit DjangoFramework(const FrameworkContext& context) : ProgramFramework(context, {"python3", "manage.py"}) {}

    std::string name() const override { return "django"; }
    bool stepwise() const override { return true; }
    Migrations migrations() override;
    std::vector<Described> describe(const std::vector<std::string>& pending) override;
    std::optional<std::vector<std::string>> model_changes() override;
    GuardSeen guard_seen() override;

  protected:
    std::vector<Call> up(const std::vector<std::string>& pending, const std::string& upto) const override;
    std::vector<Call> down(const std::vector<std::string>& undone, const std::vector<std::string>& applied) override;
    void require_begun(const ProcessResult& result) const override;
    std::string reason_of(const ProcessResult& result) const override;
    std::string changed_besides() override;

  private:
    static Call call(std::vector<std::string> arguments) {
        return {std::move(arguments), {{"PYTHONDONTWRITEBYTECODE", "1"}}};
    }
    /// Null where Django does not answer with JSON.
    Json answer(const char* question) { return marked_answer(output(call({"shell", "--no-color", "-c", question}))); }
    Migrations plan();
    void refuse_without_manage() const;

    bool m_had_ledger = true;
    std::map<std::string, Described> m_described;  ///< the files do not change while this lives
};

/// Before Django is started at all.
void DjangoFramework::refuse_without_manage() const {
    for (const auto& argument : program()) {
        if (!argument.ends_with(".py")) continue;
        if (std::filesystem::exists(context().directory / argument)) return;  // an absolute argument stays itself
        throw Failure(
            ExitCode::refused, "there is no " + argument + " in " + context().place, "nothing",
            "set migrate.directory to the directory of manage.py, or migrate.program to the way it is started");
    }
}

void DjangoFramework::require_begun(const ProcessResult& result) const {
    const bool missing = result.err.find("No module named 'django'") != std::string::npos ||
                         result.err.find("Couldn't import Django") != std::string::npos;
    if (!missing) return;
    throw Failure(ExitCode::refused, "Django cannot be imported by " + say_command(program()), "nothing",
                  "install it in the work tree: steps: migrate: prepare: [pip, install, -r, requirements.txt], or set "
                  "migrate.program to the Python that has it")
        .with_detail(result.tail());
}

Migrations DjangoFramework::plan() {
    refuse_without_manage();
    return parse_plan(output(call({"showmigrations", "--plan", "--no-color"})));
}

Migrations DjangoFramework::migrations() {
    Migrations migrations = plan();
    std::sort(migrations.applied.begin(), migrations.applied.end());
    return migrations;
}

std::vector<Described> DjangoFramework::describe(const std::vector<std::string>& pending) {
    std::vector<Described> described;
    for (const auto& name : pending)
        if (const auto known = m_described.find(name); known != m_described.end()) described.push_back(known->second);
    if (described.size() == pending.size()) return described;
    described.clear();
    const Json answered = answer(django_questions::k_pending);
    const Json known = answered.is_object() ? answered.value("pending", Json::array()) : Json::array();
    for (const auto& name : pending) {
        Described migration{name, std::nullopt, std::nullopt, false};
        for (const auto& each : known) {
            if (each.value("name", "") != name) continue;
            if (each["sql"].is_string()) migration.sql = each["sql"].get<std::string>();
            migration.one_transaction = each.value("atomic", true);
            migration.way_down = each.value("down", false);
        }
        m_described.emplace(name, migration);
        described.push_back(std::move(migration));
    }
    m_had_ledger = answered.is_object() && answered.value("ledger", false);
    return described;
}

std::optional<std::vector<std::string>> DjangoFramework::model_changes() {
    const ProcessResult result = ask(call({"makemigrations", "--check", "--dry-run", "--noinput", "--no-color"}));
    std::vector<std::string> changes;
    if (result.ok()) return changes;
    std::istringstream lines(result.out);
    std::string app;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("Migrations for '")) app = line.substr(16, line.find('\'', 16) - 16);
        if (line.starts_with("    - ")) changes.push_back(app + ": " + line.substr(6));
    }
    if (!changes.empty()) return changes;
    throw Failure(
        ExitCode::refused, "manage.py makemigrations --check failed: " + reason_of(result), "nothing",
        "manage.py makemigrations --check --dry-run   in " + context().place + " says the same: correct it there")
        .with_detail(result.tail());
}

GuardSeen DjangoFramework::guard_seen() {
    return guard_in(answer(django_questions::k_guard));
}

/// `migrate shop 0002` runs that one and what it depends on, so each application is named with the last that it has in
/// the stretch.
std::vector<ProgramFramework::Call> DjangoFramework::up(const std::vector<std::string>& pending,
                                                        const std::string& upto) const {
    if (upto.empty()) return {call({"migrate", "--noinput", "--no-color"})};
    std::vector<DjangoName> last_of_app;
    for (const auto& text : pending) {
        const DjangoName name(text);
        std::erase_if(last_of_app, [&](const DjangoName& other) { return other.app == name.app; });
        last_of_app.push_back(name);
        if (text == upto) break;
    }
    std::vector<Call> calls;
    for (const auto& name : last_of_app)
        calls.push_back(call({"migrate", name.app, name.migration, "--noinput", "--no-color"}));
    return calls;
}

std::vector<ProgramFramework::Call> DjangoFramework::down(const std::vector<std::string>& undone,
                                                          const std::vector<std::string>& applied) {
    for (const auto& irreversible : answer(django_questions::k_no_way_down))
        if (std::find(undone.begin(), undone.end(), irreversible) != undone.end())
            throw Failure(
                ExitCode::refused,
                "\"" + irreversible.get<std::string>() + "\" has no way down: one of its operations cannot be reversed",
                "nothing", "lastgood rollback   returns to the restore point; rollback: { strategy: restore }");
    const auto order = plan().applied;
    std::vector<Call> calls;
    std::vector<std::string> apps;
    for (const auto& text : undone) {
        const DjangoName name(text);
        if (std::find(apps.begin(), apps.end(), name.app) != apps.end()) continue;
        apps.push_back(name.app);
        std::string target = "zero";
        for (const auto& known : order)
            if (DjangoName(known).app == name.app && std::find(applied.begin(), applied.end(), known) != applied.end())
                target = DjangoName(known).migration;
        calls.push_back(call({"migrate", name.app, target, "--noinput", "--no-color"}));
    }
    return calls;
}

/// The exception's own line: Python prints it last, and then what the server added to it.
std::string DjangoFramework::reason_of(const ProcessResult& result) const {
    std::istringstream lines(result.err);
    std::string reason;
    for (std::string line; std::getline(lines, line);) {
        const bool continues = line.empty() || line[0] == ' ' || line.starts_with("DETAIL:") ||
                               line.starts_with("HINT:") || line.starts_with("CONTEXT:") || line.starts_with("LINE ");
        if (!continues) reason = line;
    }
    return reason.empty() ? result.say_end() : reason;
}

std::string DjangoFramework::changed_besides() {
    return m_had_ledger ? "" : "Django made its table django_migrations";
}

}  // namespace

std::unique_ptr<Framework> make_django_framework(const FrameworkContext& context) {
    return std::make_unique<DjangoFramework>(context);
}

}  // namespace lastgood
