#pragma once

#include "check/run_checks.hpp"
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
    std::string database = m_cluster.create_database();
    CheckContext context{.pipeline = pipeline,
                         .url = ConnectionUrl(Secret(m_cluster.url(database))),
                         .application_name = "lastgood/11111111/22222222/verify",
                         .work_tree = m_directory.path(),
                         .environment = {{"LASTGOOD_REVISION", "9c1e2aa"}},
                         .leftover_mark = "test",
                         .framework = {},
                         .before = {},
                         .writes_open = true,
                         .redaction = redaction,
                         .processes = m_processes,
                         .console = m_console,
                         .interruption = interruption};
};

}  // namespace lastgood::test
