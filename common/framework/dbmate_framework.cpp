#include "framework/dbmate_framework.hpp"

#include "core/failure.hpp"
#include "framework/dbmate_files.hpp"
#include "framework/marked_answer.hpp"
#include "framework/program_framework.hpp"
#include "outside/files.hpp"

#include <algorithm>
#include <filesystem>
#include <sstream>

namespace lastgood {

namespace {

using Names = std::vector<std::string>;

/// dbmate has no question for it, but it runs what it loads through its own connection; what fails changes nothing.
constexpr const char* k_guard_question = R"sql(
do $lastgood$
declare system text := '';
begin
    begin
        select system_identifier::text into system from pg_catalog.pg_control_system();
    exception when insufficient_privilege then null;
    end;
    raise exception E'lastgood-answer:%\n', pg_catalog.json_build_object(
        'lock_timeout', current_setting('lock_timeout'), 'application_name', current_setting('application_name'),
        'database', current_database(), 'system', system,
        'oid', (select oid::bigint from pg_catalog.pg_database where datname = current_database()));
end $lastgood$;
)sql";

class DbmateFramework : public ProgramFramework {
  public:
    explicit DbmateFramework(const FrameworkContext& context) : ProgramFramework(context.with_variable(), {"dbmate"}) {}

    std::string name() const override { return "dbmate"; }
    bool stepwise() const override { return false; }
    Migrations migrations() override;
    std::vector<Described> describe(const Names& pending) override;
    GuardSeen guard_seen() override;

  protected:
    std::vector<Call> up(const Names& /*pending*/, const std::string& /*upto*/) const override {
        return {call({"migrate"})};
    }
    std::vector<Call> down(const Names& undone, const Names& applied) override;
    std::string reason_of(const ProcessResult& result) const override;
    std::string changed_besides() override { return m_had_ledger ? "" : "dbmate made its table schema_migrations"; }

  private:
    /// `migrate`, not `up`, which would make a database that is not there; and no dump of the schema into the work
    /// tree.
    Call call(const Names& command) const {
        Call call{{"--env", context().secret.variable, "--no-dump-schema"}};
        call.arguments.insert(call.arguments.end(), command.begin(), command.end());
        return call;
    }
    std::optional<DbmateFile> file_of(const std::string& name) const;

    bool m_any_applied = false;
    bool m_had_ledger = true;  ///< when what is pending was described: before it ran
};

Migrations DbmateFramework::migrations() {
    require_installed("install it where lastgood runs, or in the work tree (migrate.prepare)");
    const auto directories = dbmate_directories(program(), context().directory);
    for (const auto& directory : directories)
        if (!std::filesystem::is_directory(directory))
            throw Failure(
                ExitCode::refused,
                "there is no " + directory.lexically_relative(context().directory).string() + " in " + context().place,
                "nothing",
                "set migrate.directory to the directory that holds db/migrations, or migrate.program to "
                "[dbmate, --migrations-dir, its path]");
    Migrations migrations;
    std::istringstream lines(output(call({"status"})));
    for (std::string line; std::getline(lines, line);) {
        const bool applied = line.starts_with("[X] ");
        if (!applied && !line.starts_with("[ ] ")) continue;
        std::string name = line.substr(4);
        if (name.ends_with(".sql")) name.resize(name.size() - 4);
        (applied ? migrations.applied : migrations.pending).push_back(name);
    }
    std::sort(migrations.applied.begin(), migrations.applied.end());
    m_any_applied = !migrations.applied.empty();
    return migrations;
}

std::optional<DbmateFile> DbmateFramework::file_of(const std::string& name) const {
    for (const auto& directory : dbmate_directories(program(), context().directory))
        if (const auto path = directory / (name + ".sql"); std::filesystem::exists(path))
            return parse_dbmate_file(read_file(path));
    return std::nullopt;
}

std::vector<Described> DbmateFramework::describe(const Names& pending) {
    m_had_ledger = m_any_applied || has_table("schema_migrations");
    std::vector<Described> described;
    for (const auto& name : pending) {
        const auto file = file_of(name);
        described.push_back(file ? Described{name, file->up, file->in_transaction, file->way_down}
                                 : Described{name, std::nullopt, std::nullopt, false});
    }
    return described;
}

GuardSeen DbmateFramework::guard_seen() {
    const TemporaryDirectory directory("lastgood-dbmate-");
    const auto question = directory.path() / "question.sql";
    replace_file(question, k_guard_question);
    Call asked = call({"load"});
    asked.arguments.insert(asked.arguments.begin(), {"--schema-file", question});
    return guard_in(marked_answer(ask(asked).err));
}

/// It takes back the newest that is applied, whatever it is called.
std::vector<ProgramFramework::Call> DbmateFramework::down(const Names& undone, const Names& applied) {
    for (const auto& name : undone) {
        const auto file = file_of(name);
        if (!file || !file->way_down)
            throw Failure(ExitCode::refused,
                          "\"" + name + "\" has no way down: there is nothing below its -- migrate:down", "nothing",
                          "lastgood rollback   returns to the restore point; rollback: { strategy: restore }");
        if (std::any_of(applied.begin(), applied.end(), [&](const auto& other) { return other > name; }))
            throw Failure(ExitCode::refused, "\"" + name + "\" is not the newest: dbmate would take another one back",
                          "nothing",
                          "lastgood rollback   returns to the restore point; rollback: { strategy: restore }");
    }
    return std::vector<Call>(undone.size(), call({"rollback"}));
}

std::string DbmateFramework::reason_of(const ProcessResult& result) const {
    const std::string reason = ProgramFramework::reason_of(result);
    const auto error = reason.find("Error: ");
    return error == 0 ? reason.substr(7) : reason;
}

}  // namespace

std::unique_ptr<Framework> make_dbmate_framework(const FrameworkContext& context) {
    return std::make_unique<DbmateFramework>(context);
}

}  // namespace lastgood
