#include "step/world.hpp"

#include "core/failure.hpp"
#include "database/backends.hpp"
#include "database/beside.hpp"
#include "platform/aws.hpp"
#include "platform/heroku.hpp"
#include "step/speaking.hpp"
#include "store/store.hpp"

#include <utility>

namespace lastgood {

namespace {

/// libpq itself reads the URL, which the pipeline's reader does not know: it is refused here, with its place.
ConnectionUrl read_url(const SecretValue& from) {
    try {
        return ConnectionUrl(from.value);
    } catch (const Failure& failure) {
        const std::string place = from.place.text();
        throw Failure(failure.code(), (place.empty() ? "" : place + ": ") + failure.what_happened(), failure.changed(),
                      failure.next());
    }
}

}  // namespace

World::World(const ProgramText& program, const Arguments& arguments)
    : text(program),
      environment(Environment::of_process()),
      host(make_host(environment)),
      options(common_options_of(arguments, environment, *host)),
      console(text.speaker, options.log_level, redaction, environment),
      processes(interruption, redaction, environment),
      crash(environment) {
    if (options.json) console.tell_events();
    console.complete_commands(words_to_type(options));
    speak_to(*host, *this);
}

bool World::is_driven() const {
    return !environment.first_of({"LASTGOOD_DRIVER"}).empty();
}

World::~World() = default;

const Pipeline& World::pipeline() {
    if (m_pipeline) return *m_pipeline;
    m_pipeline = read_pipeline(options.pipeline, environment, redaction);
    if (options.environment.empty()) return *m_pipeline;
    if (!is_pipeline_name(options.environment))
        throw Failure(ExitCode::usage, "that cannot be the name of an environment: \"" + options.environment + "\"",
                      "nothing", "give --environment or LASTGOOD_ENVIRONMENT letters, digits, '.', '_' and '-'");
    if (m_pipeline->environment == options.environment) {
        CommonOptions usual = options;
        usual.environment.clear();
        console.complete_commands(words_to_type(usual));
    }
    m_pipeline->environment = options.environment;
    return *m_pipeline;
}

PlatformContext World::platform_context() {
    return {pipeline(), processes, console, environment, redaction, interruption};
}

Platform* World::platform() {
    if (!m_platform) m_platform = make_platform(platform_context());
    return m_platform.get();
}

std::shared_ptr<Heroku> World::heroku() {
    if (!m_heroku && pipeline().heroku) m_heroku = std::make_shared<Heroku>(*pipeline().heroku, platform_context());
    return m_heroku;
}

/// Its successor is the same database on another server.
void World::follow_to_server(Secret& url, const std::string& restore_point) {
    const auto instance = aws()->instance(rds_instance_of(restore_point));
    if (!instance || instance->host.empty()) return;
    console.warning("the application is pointed at a database that was taken out of service for the one on " +
                    instance->host);
    url = ConnectionUrl(url).with("host", instance->host).with("port", std::to_string(instance->port)).url();
}

std::shared_ptr<Aws> World::aws() {
    if (!m_aws && pipeline().beanstalk) m_aws = std::make_shared<Aws>(platform_context());
    return m_aws;
}

const Pipeline& World::located_pipeline() {
    pipeline();
    DatabaseSettings& database = m_pipeline->database;
    SecretValue& url = database.url;
    if (m_pipeline->beanstalk) url.parts = m_pipeline->beanstalk->variables;
    if (!url.value.empty()) return *m_pipeline;
    url.value = platform()->database_url();
    database.located = true;
    redaction.add(url.value.reveal());
    if (m_pipeline->heroku) url.variable = m_pipeline->heroku->database;
    if (platform()->can_repoint()) follow_successor(url.value);
    return *m_pipeline;
}

const Pipeline& World::development_pipeline() {
    const auto given = environment.get("LASTGOOD_DEVELOPMENT_URL");
    if (!given || given->empty())
        throw Failure(ExitCode::usage, "LASTGOOD_DEVELOPMENT_URL is not set", "nothing",
                      "put the URL of a database for development into LASTGOOD_DEVELOPMENT_URL");
    pipeline();
    SecretValue& url = m_pipeline->database.url;
    url.value = Secret(*given);
    redaction.add(*given);
    if (m_pipeline->beanstalk) url.parts = m_pipeline->beanstalk->variables;
    if (url.variable.empty() && !m_pipeline->beanstalk) url.variable = "DATABASE_URL";
    return *m_pipeline;
}

/// A rollback that was ended before it came to it left the application pointed at the database that it had closed.
void World::follow_successor(Secret& url) {
    const ConnectionUrl pointed_at(url);
    Session session(pointed_at.with_database(pipeline().database.maintenance_database), "lastgood", interruption);
    for (const auto& database : marked_databases(session, pipeline().scope())) {
        const bool aside = database.mark.kind == "failed" || database.mark.kind == "returned";
        if (!aside || database.name != pointed_at.database()) continue;
        if (database.mark.successor == database.oid) return follow_to_server(url, database.mark.restore_point);
        const auto found = session.query("select datname from pg_catalog.pg_database where oid = $1::oid",
                                         {std::to_string(database.mark.successor)});
        if (found.empty()) return;
        const std::string name = found[0][0].value_or("");
        console.warning("the application is pointed at " + database.name + ", which was taken out of service for " +
                        name);
        url = pointed_at.with_database(name).url();
        return;
    }
}

Store& World::store() {
    if (!m_store) m_store = open_store(pipeline().store, {environment, redaction, interruption});
    return *m_store;
}

const Protection& World::protection() {
    if (!m_protection) {
        const EncryptSettings settings = pipeline().encrypt.value_or(EncryptSettings{});
        m_protection =
            std::make_unique<Protection>(processes, environment, redaction, settings.recipients, settings.public_key);
    }
    return *m_protection;
}

RestorePoints World::restore_points() {
    return {store(), pipeline().scope(), &protection(), &interruption};
}

void World::use_local_store() {
    const auto state = environment.get("XDG_STATE_HOME");
    const auto home = environment.get("HOME");
    const std::string base = state && !state->empty() ? *state
                             : home && !home->empty() ? *home + "/.local/state"
                                                      : "/var/tmp";
    m_store = open_store("file:" + base + "/lastgood", {environment, redaction, interruption});
}

Databases::Databases(const Pipeline& pipeline, std::string run_id, Interruption& interruption)
    : m_pipeline(pipeline),
      m_scope(pipeline.scope()),
      m_run_id(std::move(run_id)),
      m_live(read_url(pipeline.database.url)),
      m_maintenance(pipeline.database.maintenance_database.empty()
                        ? m_live
                        : m_live.with_database(pipeline.database.maintenance_database)),
      m_interruption(interruption) {
    // A fence of kind read_only must not stop ourselves.
    m_live = m_live.with_database(m_live.database()).with_setting("default_transaction_read_only", "off");
    m_maintenance = m_maintenance.with_setting("default_transaction_read_only", "off");
}

ConnectionUrl Databases::admin_url() const {
    if (!m_pipeline.database.admin_url)
        throw Failure(ExitCode::usage, "writes: closed needs database.admin_url", "nothing",
                      "name a role that may alter the application's roles in database.admin_url");
    const ConnectionUrl admin =
        read_url(*m_pipeline.database.admin_url).with_database(m_pipeline.database.maintenance_database);
    // Where the platform says where the database is, it says it of the server too.
    return m_pipeline.database.located ? admin.with("host", m_live.part("host")).with("port", m_live.part("port"))
                                       : admin;
}

ConnectionUrl Databases::prove_url() const {
    return m_pipeline.capture.prove_url ? read_url(*m_pipeline.capture.prove_url) : m_maintenance;
}

void Databases::move_to(const std::string& database) {
    m_live = m_live.with_database(database);
}

void Databases::move_to_server(const std::string& host, const std::string& port) {
    m_live = m_live.with("host", host).with("port", port);
    m_maintenance = m_maintenance.with("host", host).with("port", port);
}

std::string Databases::work_name(const std::string& what) const {
    return lastgood::work_name(m_scope, m_run_id, what);
}

EngineContext engine_context(World& world, const Databases& databases, const ClientPrograms& programs,
                             const std::string& what) {
    return {programs,           world.processes, world.console, databases.work_name(what), databases.leftover_mark(),
            world.interruption, world.heroku(),  world.aws()};
}

}  // namespace lastgood
