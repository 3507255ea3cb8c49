#include "framework/sql_framework.hpp"

#include "core/failure.hpp"
#include "core/quantity.hpp"
#include "database/server.hpp"
#include "framework/guard.hpp"
#include "framework/lock_watch.hpp"
#include "framework/migration_files.hpp"
#include "framework/sql_ledger.hpp"
#include "framework/sql_runner.hpp"
#include "outside/console.hpp"
#include "outside/interruption.hpp"
#include "pipeline/pipeline.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

namespace lastgood {

namespace {

constexpr const char* k_lock_not_available = "55P03";
constexpr const char* k_query_canceled = "57014";

struct PlannedMigration {
    MigrationFile file;
    std::vector<SqlStatement> statements;
};

const LedgerRow* row_of(const std::vector<LedgerRow>& rows, const std::string& name) {
    const auto row = std::find_if(rows.begin(), rows.end(), [&](const auto& each) { return each.name == name; });
    return row == rows.end() ? nullptr : &*row;
}

void refuse_other_history(const std::vector<MigrationFile>& files, const std::vector<LedgerRow>& rows) {
    for (const auto& row : rows) {
        const auto file =
            std::find_if(files.begin(), files.end(), [&](const auto& each) { return each.name == row.name; });
        if (file == files.end()) {
            throw Failure(ExitCode::refused,
                          "the database has \"" + row.name +
                              "\" applied, which this revision does not hold: the revision is older "
                              "than the database",
                          "nothing", "release a revision that holds " + row.name + ".sql");
        }
        if (row.done && file->sha256 != row.sha256) {
            throw Failure(ExitCode::refused, "the applied migration \"" + row.name + "\" was edited after it ran",
                          "nothing",
                          "put " + row.name + ".sql back as it was (git log -p -- " + row.name +
                              ".sql) and make the change in a new migration");
        }
    }
}

void refuse_half_way(const std::vector<LedgerRow>& rows) {
    for (const auto& row : rows) {
        if (row.done) continue;
        throw Failure(ExitCode::failed_changed,
                      "\"" + row.name + "\" stopped half way at statement " + std::to_string(row.reached) + " of " +
                          std::to_string(row.statements),
                      "the statements of " + row.name + ".sql before that one are applied", "lastgood rollback");
    }
}

class SqlFramework : public Framework {
  public:
    explicit SqlFramework(const FrameworkContext& context) : m_context(context) {}

    std::string name() const override { return "sql"; }
    void answer_within(std::chrono::milliseconds limit) override { m_limit = limit; }
    Migrations migrations() override;
    GuardSeen guard_seen() override;
    MigrateResult migrate() override;
    std::vector<std::string> own_transactions(Session& live, const std::vector<std::string>& before) override;

  private:
    std::unique_ptr<Session> open() const {
        return std::make_unique<Session>(
            guarded_url(m_context.url, m_context.settings, 0).with_setting("standard_conforming_strings", "on"),
            m_context.application_name, m_context.interruption);
    }
    std::vector<PlannedMigration> plan(const std::vector<LedgerRow>& rows) const;
    Failure failure(const MigrationError& error, const LockWatch& watch, const std::string& name,
                    const std::vector<std::string>& done, std::size_t planned) const;

    /// For reading, bounded by answer_within().
    std::unique_ptr<Session> open_for_question() const {
        auto url = guarded_url(m_context.url, m_context.settings, 0);
        if (m_limit) url = url.with_setting("statement_timeout", std::to_string(m_limit->count()) + "ms");
        return std::make_unique<Session>(url, m_context.application_name, m_context.interruption);
    }

    FrameworkContext m_context;
    std::optional<std::chrono::milliseconds> m_limit;
};

Migrations SqlFramework::migrations() {
    const auto files = read_migration_files(m_context.directory, m_context.place);
    const auto rows = sql_ledger::read(*open_for_question());
    refuse_other_history(files, rows);
    Migrations migrations;
    for (const auto& file : files) {
        const auto* row = row_of(rows, file.name);
        (row != nullptr && row->done ? migrations.applied : migrations.pending).push_back(file.name);
    }
    std::sort(migrations.applied.begin(), migrations.applied.end());
    return migrations;
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

/// Everything that can be refused is refused here, before anything runs.
std::vector<PlannedMigration> SqlFramework::plan(const std::vector<LedgerRow>& rows) const {
    const auto files = read_migration_files(m_context.directory, m_context.place);
    refuse_other_history(files, rows);
    refuse_half_way(rows);
    std::vector<PlannedMigration> planned;
    for (const auto& file : files) {
        if (row_of(rows, file.name) == nullptr) planned.push_back({file, checked_statements(file)});
    }
    return planned;
}

MigrateResult SqlFramework::migrate() {
    SqlRunner runner([this] { return open(); }, m_context.interruption);
    const auto planned = plan(sql_ledger::read(runner.session()));
    LockWatch watch(m_context.url, m_context.application_name, m_context.interruption);
    const auto deadline = std::chrono::steady_clock::now() + m_context.settings.timeout;
    MigrateResult result;
    for (const auto& [file, statements] : planned) {
        m_context.interruption.check();
        if (m_context.settings.timeout.count() > 0) watch.cancel_after(runner.session().backend_pid(), deadline);
        try {
            for (const auto& own : runner.run(file, statements)) result.own_transactions.push_back(own.text());
        } catch (const MigrationError& error) {
            throw failure(error, watch, file.name, result.done, planned.size());
        }
        result.done.push_back(file.name);
        m_context.console.info("applied " + file.name);
    }
    return result;
}

Failure SqlFramework::failure(const MigrationError& error, const LockWatch& watch, const std::string& name,
                              const std::vector<std::string>& done, std::size_t planned) const {
    using Left = MigrationError::Left;
    std::string reason = error.what();
    std::string detail = error.detail();
    std::string next = "lastgood rollback";
    const bool clean = done.empty() && error.left() == Left::nothing;
    if (clean) next = "correct the migration, commit it and start a new run: lastgood run";
    if (error.sqlstate() == k_lock_not_available) {
        const auto wait = watch.last_wait();
        reason = "lock timeout" + (wait ? " on " + wait->what : "");
        if (wait && !wait->holders.empty()) detail = wait->holders + "\n" + detail;
        if (clean) next = "lastgood run       when the lock is free; or raise migrate.lock_timeout";
    }
    if (error.sqlstate() == k_query_canceled && watch.cancelled()) {
        reason = "timed out after " + say_duration(m_context.settings.timeout);
        if (clean) next = "raise migrate.timeout, then: lastgood run";
    }
    const auto code = error.left() == Left::not_known ? ExitCode::in_doubt
                      : clean                         ? ExitCode::failed_clean
                                                      : ExitCode::failed_changed;
    std::string changed = done.empty() ? "nothing" : "schema at " + done.back();
    if (error.left() == Left::half_way) changed = "\"" + name + "\" is applied in part";
    if (error.left() == Left::not_known) changed = "not known: \"" + name + "\" may be applied";
    return Failure(code,
                   std::to_string(done.size()) + " of " + say_count(planned, "migration") + " applied, then \"" + name +
                       "\" failed: " + reason,
                   changed, next)
        .with_detail(detail);
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
