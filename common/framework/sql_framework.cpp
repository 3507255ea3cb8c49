#include "framework/sql_framework.hpp"

#include "core/failure.hpp"
#include "database/server.hpp"
#include "database/statement_rules.hpp"
#include "framework/context.hpp"
#include "framework/migration_files.hpp"
#include "framework/sql_ledger.hpp"
#include "framework/sql_runner.hpp"
#include "outside/console.hpp"
#include "outside/interruption.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

namespace lastgood {

namespace {

using Clock = std::chrono::steady_clock;

struct PlannedMigration {
    MigrationFile file;
    std::vector<SqlStatement> statements;
    int first = 1;       ///< its statement to begin with: it stopped there
    bool begun = false;  ///< by an earlier program
};

const LedgerRow* row_of(const std::vector<LedgerRow>& rows, const std::string& name) {
    const auto row = std::find_if(rows.begin(), rows.end(), [&](const auto& each) { return each.name == name; });
    return row == rows.end() ? nullptr : &*row;
}

const MigrationFile* file_of(const std::vector<MigrationFile>& files, const std::string& name) {
    const auto file = std::find_if(files.begin(), files.end(), [&](const auto& each) { return each.name == name; });
    return file == files.end() ? nullptr : &*file;
}

void refuse_other_history(const std::vector<MigrationFile>& files, const std::vector<LedgerRow>& rows) {
    std::map<std::string, const MigrationFile*> known;
    for (const auto& file : files) known[file.name] = &file;
    for (const auto& row : rows) {
        const auto file = known.find(row.name);
        if (file == known.end()) {
            throw Failure(ExitCode::refused,
                          "the database has \"" + row.name +
                              "\" applied, which this revision does not hold: the revision is older "
                              "than the database",
                          "nothing", "release a revision that holds " + row.name + ".sql");
        }
        if (row.done && file->second->up.sha256 != row.sha256) {
            throw Failure(ExitCode::refused, "the applied migration \"" + row.name + "\" was edited after it ran",
                          "nothing",
                          "put " + row.name + ".sql back as it was (git log -p -- " + row.name +
                              ".sql) and make the change in a new migration");
        }
    }
}

class SqlFramework : public Framework {
  public:
    explicit SqlFramework(const FrameworkContext& context) : m_context(context) {}

    std::string name() const override { return "sql"; }
    bool stepwise() const override { return true; }
    void answer_within(std::chrono::milliseconds limit) override { m_limit = limit; }
    Migrations migrations() override;
    std::vector<Described> describe(const std::vector<std::string>& pending) override;
    GuardSeen guard_seen() override;
    MigrateResult migrate(const MigrateOrder& order) override;
    void go_down(const std::vector<std::string>& applied, const Limits& limits) override;
    std::vector<std::string> own_transactions(Session& live, const std::vector<std::string>& before) override;

  private:
    std::vector<MigrationFile> files() const {
        return migrations_among(m_context.files ? *m_context.files
                                                : read_sql_files(m_context.directory, m_context.place));
    }
    std::unique_ptr<Session> open(const Limits& limits) const {
        return std::make_unique<Session>(guarded_url(m_context.url, limits, m_context.server_version)
                                             .with_setting("standard_conforming_strings", "on"),
                                         m_context.application_name, m_context.interruption);
    }
    /// For reading, bounded by answer_within().
    std::unique_ptr<Session> open_for_question() const {
        return open({m_context.settings.lock_timeout, m_limit.value_or(m_context.settings.statement_timeout)});
    }
    std::vector<PlannedMigration> plan(const std::vector<LedgerRow>& rows, const std::string& upto) const;
    int where_to_go_on(const LedgerRow& row, const std::vector<SqlStatement>& statements) const;

    FrameworkContext m_context;
    std::optional<std::chrono::milliseconds> m_limit;
};

Migrations SqlFramework::migrations() {
    const auto all = files();
    const auto rows = sql_ledger::read(*open_for_question());
    refuse_other_history(all, rows);
    std::map<std::string, bool> done;
    for (const auto& row : rows) done[row.name] = row.done;
    Migrations migrations;
    for (const auto& file : all) (done[file.name] ? migrations.applied : migrations.pending).push_back(file.name);
    std::sort(migrations.applied.begin(), migrations.applied.end());
    return migrations;
}

std::vector<Described> SqlFramework::describe(const std::vector<std::string>& pending) {
    std::vector<Described> described;
    if (pending.empty()) return described;
    const auto all = files();
    for (const auto& name : pending) {
        const MigrationFile* file = file_of(all, name);
        if (file == nullptr) continue;
        described.push_back({name, file->up.text, file->up.in_transaction, file->down.has_value()});
    }
    return described;
}

GuardSeen SqlFramework::guard_seen() {
    const auto session = open_for_question();
    const auto identity = identify(*session);
    return {.known = true,
            .lock_timeout = session->value("show lock_timeout").value_or(""),
            .application_name = session->value("show application_name").value_or(""),
            .database = identity.name,
            .database_oid = identity.oid,
            .system_identifier = identity.system_identifier};
}

/// Only a statement that leaves nothing behind but an invalid index, which is removed, can be begun again.
int SqlFramework::where_to_go_on(const LedgerRow& row, const std::vector<SqlStatement>& statements) const {
    const std::string half = "\"" + row.name + "\" stopped half way at statement " + std::to_string(row.reached) +
                             " of " + std::to_string(row.statements);
    const std::string changed = "the statements of " + row.name + ".sql before that one are applied";
    if (!m_context.settings.remove_invalid_indexes)
        throw Failure(ExitCode::failed_changed, half, changed, "lastgood rollback");
    const auto next = static_cast<std::size_t>(std::max(row.reached, 1));
    const bool same = row.statements == static_cast<int>(statements.size());
    const bool unclear = next <= statements.size() && may_end_transactions(statements[next - 1]);
    if (!same || unclear)
        throw Failure(ExitCode::failed_changed,
                      half + (same ? ", which may have committed a part of its work" : ", and was edited since"),
                      changed, "lastgood rollback");
    return static_cast<int>(next);
}

/// Everything that can be refused is refused here, before anything runs.
std::vector<PlannedMigration> SqlFramework::plan(const std::vector<LedgerRow>& rows, const std::string& upto) const {
    const auto all = files();
    refuse_other_history(all, rows);
    std::map<std::string, const LedgerRow*> known;
    for (const auto& row : rows) known[row.name] = &row;
    std::vector<PlannedMigration> planned;
    for (const auto& file : all) {
        const auto row = known.find(file.name);
        const bool begun = row != known.end();
        if (begun && row->second->done) continue;
        planned.push_back({file, checked_statements(file.up), 1, begun});
        if (begun) planned.back().first = where_to_go_on(*row->second, planned.back().statements);
    }
    // What comes later is looked at all the same: nothing runs of a release that cannot run to its end.
    const auto last =
        std::find_if(planned.begin(), planned.end(), [&](const auto& each) { return each.file.name == upto; });
    if (last != planned.end()) planned.erase(std::next(last), planned.end());
    return planned;
}

MigrateResult SqlFramework::migrate(const MigrateOrder& order) {
    SqlRunner runner([&] { return open(order.limits); }, m_context.interruption);
    const auto planned = plan(runner.read_ledger(), order.upto);
    MigrateResult result;
    for (const auto& [file, statements, first, begun] : planned) {
        m_context.interruption.check();
        const auto begin = Clock::now();
        try {
            for (const auto& own : runner.run(file, statements, first, begun))
                result.own_transactions.push_back(own.text());
        } catch (MigrationError& error) {
            throw error.with_done(result.done);
        }
        result.done.push_back(file.name);
        result.took[file.name] = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin);
        m_context.console.info("applied " + file.name);
    }
    return result;
}

void SqlFramework::go_down(const std::vector<std::string>& applied, const Limits& limits) {
    SqlRunner runner([&] { return open(limits); }, m_context.interruption);
    const auto rows = runner.read_ledger();
    auto all = files();
    std::reverse(all.begin(), all.end());
    std::vector<PlannedMigration> planned;
    for (const auto& file : all) {
        const bool stays = std::find(applied.begin(), applied.end(), file.name) != applied.end();
        const LedgerRow* row = row_of(rows, file.name);
        if (stays || row == nullptr) continue;
        if (!row->done)
            throw Failure(ExitCode::refused, "\"" + file.name + "\" stopped half way: its way down is not for that",
                          "nothing", "lastgood rollback   returns to the restore point");
        if (!file.down)
            throw Failure(ExitCode::refused,
                          "\"" + file.name + "\" has no way down: there is no " + file.name + ".down.sql", "nothing",
                          "lastgood rollback   returns to the restore point; rollback: { strategy: restore }");
        planned.push_back({file, checked_statements(*file.down), 1, true});
    }
    std::vector<std::string> done;
    for (const auto& [file, statements, first, begun] : planned) {
        try {
            runner.run_down(file, statements);
        } catch (MigrationError& error) {
            throw error.with_done(done);
        }
        done.push_back(file.name);
        m_context.console.info("took back " + file.name);
    }
}

std::vector<std::string> SqlFramework::own_transactions(Session& live, const std::vector<std::string>& before) {
    std::vector<std::string> own;
    for (const auto& row : sql_ledger::read(live)) {
        if (std::find(before.begin(), before.end(), row.name) != before.end()) continue;
        for (const auto& transaction : row.transactions) own.push_back(transaction.text());
    }
    return own;
}

}  // namespace

std::unique_ptr<Framework> make_sql_framework(const FrameworkContext& context) {
    return std::make_unique<SqlFramework>(context);
}

}  // namespace lastgood
