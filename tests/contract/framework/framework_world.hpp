#pragma once

#include "core/failure.hpp"
#include "database/session.hpp"
#include "framework/context.hpp"
#include "framework/framework.hpp"
#include "framework/guarded_run.hpp"
#include "outside/console.hpp"
#include "outside/environment.hpp"
#include "outside/files.hpp"
#include "outside/interruption.hpp"
#include "outside/process.hpp"
#include "outside/redaction.hpp"
#include "pipeline/pipeline.hpp"
#include "support/failure_of.hpp"
#include "support/postgres_cluster.hpp"

#include <map>
#include <memory>
#include <stdexcept>
#include <string>

namespace lastgood::test {

inline Interruption& interruption() {
    static Interruption instance;
    return instance;
}

/// A project in a directory of its own and an empty database, and everything that a framework needs to work on them.
class FrameworkWorld {
  public:
    void write(const std::string& path, const std::string& text) { replace_file(m_directory.path() / path, text); }
    void remove(const std::string& path) { std::filesystem::remove(m_directory.path() / path); }

    FrameworkContext context() {
        return {.directory = m_directory.path(),
                .place = "\"shop\" of revision 0123456789ab",
                .settings = settings,
                .url = url,
                .secret = secret,
                .server_version = 150000,
                .existing_options = "",
                .application_name = "lastgood/11111111/22222222/migrate",
                .leftover_mark = "test",
                .processes = m_processes,
                .console = m_console,
                .interruption = interruption()};
    }
    std::unique_ptr<Framework> framework(const std::string& name) { return make_framework(name, context()); }
    /// As the step does it.
    GuardedResult migrate(const std::string& name) {
        const auto migrator = framework(name);
        return migrate_guarded(*migrator, context());
    }
    GuardedResult go_down(const std::string& name, const std::vector<std::string>& applied) {
        const auto migrator = framework(name);
        return go_down_guarded(*migrator, context(), applied);
    }
    void use_url(const std::string& text) {
        url = ConnectionUrl(Secret(text));
        secret = {Secret(text), "DATABASE_URL"};
    }
    Session session() { return {url, "the test", interruption()}; }
    std::string sql(const std::string& statements) { return m_cluster.sql(database, statements); }
    const std::filesystem::path& directory() const { return m_directory.path(); }

  private:
    PostgresCluster& m_cluster = PostgresCluster::shared();
    TemporaryDirectory m_directory{"lastgood-framework-test"};
    Redaction m_redaction;
    Environment m_process_environment = Environment::of_process();
    Processes m_processes{interruption(), m_redaction, m_process_environment};
    Console m_console{"migrate", LogLevel::off, m_redaction, m_process_environment};

  public:
    std::string database = m_cluster.create_database();
    ConnectionUrl url{Secret(m_cluster.url(database))};
    SecretValue secret{Secret(m_cluster.url(database)), "DATABASE_URL"};
    MigrateSettings settings = impatient();

  private:
    /// A test of what fails does not wait until it could succeed.
    static MigrateSettings impatient() {
        MigrateSettings settings;
        settings.retry_for = Milliseconds(0);
        return settings;
    }
};

}  // namespace lastgood::test
