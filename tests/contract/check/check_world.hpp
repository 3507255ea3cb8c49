#pragma once

#include "check/check.hpp"
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

inline Interruption& interruption() {
    static Interruption instance;
    return instance;
}

/// A database of its own, a directory, and everything that a check may look at.
class CheckWorld {
  public:
    template <typename What>
    CheckResult run(const std::string& name, What what, Milliseconds timeout = std::chrono::seconds(20)) {
        return run_check({name, std::move(what), timeout, Place{"lastgood.yaml", 31, 11}}, context);
    }
    std::string sql(const std::string& statements) { return m_cluster.sql(database, statements); }
    std::vector<RowCount> rows() {
        Session session(context.url, "the test", interruption());
        return count_rows(session, "").tables;
    }

  private:
    PostgresCluster& m_cluster = PostgresCluster::shared();
    TemporaryDirectory m_directory{"lastgood-check-test"};
    Redaction m_redaction;
    Environment m_environment = Environment::of_process();
    Processes m_processes{interruption(), m_redaction, m_environment};
    Console m_console{"verify", LogLevel::off, m_redaction, m_environment};
    Pipeline m_pipeline;

  public:
    std::string database = m_cluster.create_database();
    CheckContext context{.pipeline = m_pipeline,
                         .url = ConnectionUrl(Secret(m_cluster.url(database))),
                         .application_name = "lastgood/11111111/22222222/verify",
                         .work_tree = m_directory.path(),
                         .environment = {{"LASTGOOD_REVISION", "9c1e2aa"}},
                         .leftover_mark = "test",
                         .framework = {},
                         .baseline = {},
                         .writes_open = true,
                         .processes = m_processes,
                         .console = m_console,
                         .interruption = interruption()};
};

}  // namespace lastgood::test
