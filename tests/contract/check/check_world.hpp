#pragma once

#include "check/run_checks.hpp"
#include "database/client_programs.hpp"
#include "database/schema_dump.hpp"
#include "database/server.hpp"
#include "outside/console.hpp"
#include "outside/environment.hpp"
#include "outside/files.hpp"
#include "outside/interruption.hpp"
#include "outside/process.hpp"
#include "outside/redaction.hpp"
#include "support/postgres_cluster.hpp"

#include <memory>
#include <string>

namespace lastgood::test {

/// A database of its own, a directory, and everything that a check may look at.
class CheckWorld {
  public:
    CheckWorld() : CheckWorld(PostgresCluster::shared().create_database()) {}
    /// In a database that is there already: for checks that look at none.
    explicit CheckWorld(std::string in) : database(std::move(in)) {}
    template <typename What>
    CheckResult run(const std::string& name, What what, Milliseconds timeout = std::chrono::seconds(20)) {
        return run_check(settings(name, std::move(what), timeout), context);
    }
    template <typename What>
    static CheckSettings settings(const std::string& name, What what, Milliseconds timeout = std::chrono::seconds(20)) {
        return {name, std::move(what), timeout, Place{"lastgood.yaml", 31, 11}};
    }
    std::string sql(const std::string& statements) { return m_cluster.sql(database, statements); }
    std::vector<RowCount> rows() { return count_rows({context.url, "the test", 2, interruption}, "").tables; }
    /// What migrate notes for this check before it begins.
    template <typename What>
    void remember(const std::string& name, What what) {
        Session session(context.url, "the test", interruption);
        context.before = read_before({settings(name, std::move(what))}, session);
        context.before->rows = rows();
    }
    /// As a restore point and the beginning of migrate see it.
    void capture() {
        Session session(context.url, "the test", interruption);
        Captured captured;
        captured.restore_point = "rp-1";
        captured.question.snapshot = current_snapshot(session);
        captured.question.then = read_contents(context.url, "the test", "", 1, interruption).tables;
        captured.digest = [](const TableFacts& table) { return table.digest; };
        const auto counts = count_rows({context.url, "the test", 1, interruption}, captured.question.snapshot);
        captured.question.window_begin = counts.position;
        context.captured = captured;
        context.before = Before{counts.tables};
    }
    std::string schema(Milliseconds timeout) {
        const auto programs = ClientPrograms::of_major(
            Session(context.url, "the test", interruption).server_version() / 10000, m_processes, m_environment);
        return normalised_schema(programs, context.url, "", "the test", m_processes, "test", timeout);
    }
    /// As somebody checks it in.
    std::string dump() {
        Command command;
        command.argv = {m_cluster.bindir() / "pg_dump", "--schema-only", m_cluster.url(database)};
        return m_processes.run(command).out;
    }
    /// How many backends run a statement that contains `words`.
    std::string backends(const std::string& words) {
        return m_cluster.sql("postgres", "select count(*) from pg_stat_activity where datname = '" + database +
                                             "' and state = 'active' and query like '%" + words + "%'");
    }

    Interruption interruption;  // before any thread
    Redaction redaction;

  private:
    PostgresCluster& m_cluster = PostgresCluster::shared();
    TemporaryDirectory m_directory{"lastgood-check-test"};
    Environment m_environment = Environment::of_process();
    Processes m_processes{interruption, redaction, m_environment};
    Console m_console{"verify", LogLevel::off, redaction, m_environment};

  public:
    Pipeline pipeline;
    std::string database;
    CheckContext context{.pipeline = pipeline,
                         .url = ConnectionUrl(Secret(m_cluster.url(database))),
                         .application_name = "lastgood/11111111/22222222/verify",
                         .work_tree = m_directory.path(),
                         .environment = {{"LASTGOOD_REVISION", "9c1e2aa"}},
                         .leftover_mark = "test",
                         .framework = {},
                         .schema = [this](Milliseconds timeout) { return schema(timeout); },
                         .before = {},
                         .captured = {},
                         .writes_open = true,
                         .redaction = redaction,
                         .processes = m_processes,
                         .console = m_console,
                         .interruption = interruption};
};

}  // namespace lastgood::test
