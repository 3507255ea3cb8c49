#include "steps/lastgood/first_pipeline.hpp"

#include "steps/lastgood/yaml_lines.hpp"

namespace lastgood {

namespace {

/// Where the application runs decides about the engine, the migrating and the variables.
enum class Where { plain, heroku, beanstalk };

class Writer {
  public:
    explicit Writer(const RepositoryFacts& facts)
        : m_facts(facts),
          m_migrator(facts.migrators.front()),
          m_where(facts.heroku      ? Where::heroku
                  : facts.beanstalk ? Where::beanstalk
                                    : Where::plain) {}

    FirstPipeline write() {
        collect_variables();
        head();
        world();
        platform();
        m_yaml.line("steps:");
        capture();
        migrate();
        verify();
        m_yaml.line("  - rollback: { max_lost: 0 }", "more rows of others than this are not discarded without asking");
        return {m_yaml.text(), found(), m_variables};
    }

  private:
    void want(const std::string& name, const std::string& meaning) { m_variables.emplace_back(name, meaning); }

    void collect_variables() {
        want("LASTGOOD_STORE", "an absolute directory that every job sees and that outlives them");
        if (m_where == Where::heroku) {
            want("HEROKU_API_KEY", "who we are: heroku authorizations:create makes one");
            want("PROVE_URL", "a PostgreSQL of the same major version, where restore points are proven");
            return;
        }
        if (m_where == Where::plain) want("DATABASE_URL", "the production database: a direct connection as its owner");
        if (m_where == Where::beanstalk && m_facts.beanstalk->application.empty())
            want("EB_APPLICATION", "the application's name on Elastic Beanstalk");
        if (m_where == Where::beanstalk && m_facts.beanstalk->environment.empty())
            want("EB_ENVIRONMENT", "the environment that serves it");
        want("DISK_LIMIT", "what restore point and copy may take together, such as 40GB");
    }

    void head() {
        m_yaml.line("# yaml-language-server: $schema=lastgood.schema.json");
        m_yaml.remark(
            "Written by lastgood init, from what this repository shows. lastgood check says what would go wrong and");
        m_yaml.remark(
            "changes nothing; lastgood adopt REVISION makes the first good release from what is live; then lastgood "
            "run.");
        m_yaml.remark("Completion in an editor: lastgood schema >lastgood.schema.json, beside this file.");
        if (m_where == Where::plain && m_migrator.framework != "sql" && m_migrator.framework != "sqitch")
            m_yaml.remark("The settings of " + m_migrator.framework + " must read the database from DATABASE_URL.");
        if (!m_facts.github.empty())
            m_yaml.remark("GitHub (" + m_facts.github + "): workflows to copy are in lastgood's pipelines/github.");
        if (!m_facts.gitlab.empty())
            m_yaml.remark("GitLab (" + m_facts.gitlab + "): jobs to include are in lastgood's pipelines/gitlab.");
        m_yaml.line("#");
        std::size_t width = 0;
        for (const auto& [name, meaning] : m_variables) width = std::max(width, name.size());
        for (const auto& [name, meaning] : m_variables)
            m_yaml.remark("  " + name + std::string(width - name.size() + 3, ' ') + meaning);
    }

    void world() {
        m_yaml.line("format: 1");
        m_yaml.line("name: " + yaml_text(m_facts.name.value), m_facts.name.by);
        m_yaml.line("environment: production", "what a run owns while it is open");
        m_yaml.line("store: file:${LASTGOOD_STORE}", "or s3://BUCKET/PREFIX");
        m_yaml.line("git:");
        m_yaml.line("  branch: " + yaml_text(m_facts.branch.value), m_facts.branch.by);
        if (!m_facts.remote.empty() && m_facts.remote != "origin")
            m_yaml.line("  remote: " + yaml_text(m_facts.remote), "there is no origin to push to");
        m_facts.remote.empty()
            ? m_yaml.line("  on_rollback: none", "there is no remote to push to: the good commit is only named")
            : m_yaml.line("  on_rollback: revert", "a new commit with the good tree, pushed without force");
        if (m_where != Where::plain) return;
        m_yaml.line("database:");
        m_yaml.line("  url: ${DATABASE_URL}", "not through a transaction pooler");
    }

    void platform() {
        if (m_where == Where::heroku) {
            m_yaml.line("platform: heroku", m_facts.heroku->app.by);
            m_yaml.line("heroku:");
            m_yaml.line("  app: " + yaml_text(m_facts.heroku->app.value));
            m_yaml.line("# writes: closed",
                        "maintenance mode and no dyno from capture to verdict: nothing is lost then");
        } else if (m_where == Where::beanstalk) {
            const BeanstalkSigns& signs = *m_facts.beanstalk;
            const auto told = [](const std::string& value, const char* variable) {
                return value.empty() ? "${" + std::string(variable) + "}" : yaml_text(value);
            };
            m_yaml.line("platform: elastic_beanstalk", signs.sign + "; the database is the one in its properties");
            m_yaml.line("elastic_beanstalk:");
            m_yaml.line("  application: " + told(signs.application, "EB_APPLICATION"));
            m_yaml.line("  environment: " + told(signs.environment, "EB_ENVIRONMENT"));
            if (!signs.region.empty()) m_yaml.line("  region: " + yaml_text(signs.region));
        } else {
            m_yaml.line("# deploy: { run: [./deploy.sh] }",
                        "what puts a revision into service; without it the code is a branch");
        }
    }

    void capture() {
        m_yaml.line("  - backup-capture:");
        if (m_where == Where::heroku) {
            m_yaml.line("      engine: heroku", "pg:backups, each also kept in the store");
            m_yaml.line("      prove: { url: \"${PROVE_URL}\" }", "restored there and compared, row by row");
            return;
        }
        m_yaml.line("      standby: keep", "the proven copy stays beside the original: a rollback is a rename");
        m_yaml.line("      disk_limit: ${DISK_LIMIT}", "refused before the server's disk fills");
        m_yaml.line("      # prove: { url: \"${PROVE_URL}\" }",
                    "another server, off production, in the place of these two");
    }

    void migrate() {
        m_yaml.line("  - migrate:");
        m_yaml.line("      framework: " + m_migrator.framework, m_migrator.sign);
        m_yaml.line("      directory: " + yaml_text(m_migrator.directory));
        if (!m_migrator.program.empty())
            m_yaml.line("      program: " + yaml_list(m_migrator.program), m_migrator.program_sign);
        if (!m_migrator.prepare.empty())
            m_yaml.line("      prepare: " + yaml_list(m_migrator.prepare), m_migrator.prepare_sign);
        local_python();
        where_it_runs();
        m_yaml.line("      # rehearse: true", "first in a clone, never in production: shows locks and durations");
        m_yaml.line("      on_failure: rollback");
    }

    /// It is not tracked: good for runs from this checkout, not for those of CI.
    void local_python() {
        const bool python = m_migrator.framework == "django" || m_migrator.framework == "alembic";
        if (m_facts.local_python.empty() || !python) return;
        const std::string bin = m_facts.local_python + "/bin/";
        const std::vector<std::string> program = m_migrator.framework == "django"
                                                     ? std::vector<std::string>{bin + "python", "manage.py"}
                                                     : std::vector<std::string>{bin + "alembic"};
        if (m_migrator.directory == ".")
            m_yaml.line("      # program: " + yaml_list(program),
                        "of this checkout, which git ignores; with the next line");
        if (m_migrator.directory == ".") m_yaml.line("      # carry: [" + m_facts.local_python + "]");
    }

    void where_it_runs() {
        if (m_where == Where::heroku) {
            const std::string& phase = m_facts.heroku->release_phase;
            phase.empty() ? m_yaml.line("      run: one_off",
                                        "in a one-off dyno: the Procfile has no release phase that migrates")
                          : m_yaml.line("      run: on_deploy", "the Procfile's release phase migrates");
        }
        if (m_where == Where::beanstalk && !m_facts.beanstalk->migrates.empty())
            m_yaml.line("      run: on_deploy", m_facts.beanstalk->migrates + " migrates");
    }

    void verify() {
        m_yaml.line("  - verify:");
        m_yaml.line("      checks:");
        m_yaml.line("        - no_pending_migrations: {}");
        const bool sessions = m_migrator.framework == "django" && m_facts.django_sessions;
        sessions ? m_yaml.line("        - rows_not_lost: { except: [django_session] }", "sessions come and go")
                 : m_yaml.line("        - rows_not_lost: {}", "of every table");
        m_yaml.line("        # - http: { url: \"${APP_URL}/health\" }",
                    "where the application answers, and what else must hold");
        m_yaml.line("      on_failure: rollback");
    }

    std::vector<std::string> found() const {
        std::vector<std::string> sentences{m_migrator.framework + " migrates (" + m_migrator.sign + ")"};
        for (std::size_t i = 1; i < m_facts.migrators.size(); ++i)
            if (m_facts.migrators[i].framework != m_migrator.framework ||
                m_facts.migrators[i].directory != m_migrator.directory)
                sentences.push_back("left aside: " + m_facts.migrators[i].framework + " (" + m_facts.migrators[i].sign +
                                    ")");
        sentences.push_back("branch " + m_facts.branch.value +
                            (m_facts.branch.by.empty() ? "" : ", " + m_facts.branch.by));
        if (m_facts.heroku)
            sentences.push_back("Heroku's app " + m_facts.heroku->app.value + " (" + m_facts.heroku->app.by + ")");
        if (m_facts.beanstalk)
            sentences.push_back((m_facts.heroku ? "left aside: " : "") +
                                ("Elastic Beanstalk (" + m_facts.beanstalk->sign + ")"));
        if (!m_facts.github.empty()) sentences.push_back("GitHub (" + m_facts.github + ")");
        if (!m_facts.gitlab.empty()) sentences.push_back("GitLab (" + m_facts.gitlab + ")");
        return sentences;
    }

    const RepositoryFacts& m_facts;
    const Migrator& m_migrator;
    Where m_where;
    YamlLines m_yaml;
    std::vector<std::pair<std::string, std::string>> m_variables;
};

}  // namespace

FirstPipeline first_pipeline(const RepositoryFacts& facts) {
    return Writer(facts).write();
}

}  // namespace lastgood
