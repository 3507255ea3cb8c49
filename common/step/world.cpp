#include "step/world.hpp"

#include "core/failure.hpp"
#include "database/backends.hpp"
#include "platform/heroku.hpp"
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

World::World(const ProgramText& program, CommonOptions given)
    : options(std::move(given)),
      text(program),
      environment(Environment::of_process()),
      console(text.speaker, options.log_level, redaction, environment),
      processes(interruption, redaction, environment),
      crash(environment) {
    if (options.json) console.tell_events();
    if (options.pipeline != CommonOptions{}.pipeline) console.name_pipeline(options.pipeline);
}

World::~World() = default;

const Pipeline& World::pipeline() {
    if (!m_pipeline) m_pipeline = read_pipeline(options.pipeline, environment, redaction);
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

const Pipeline& World::located_pipeline() {
    if (pipeline().database.url.value.empty()) {
        SecretValue& url = m_pipeline->database.url;
        url.value = platform()->database_url();
        redaction.add(url.value.reveal());
        if (m_pipeline->heroku) url.variable = m_pipeline->heroku->database;
    }
    return *m_pipeline;
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
    return read_url(*m_pipeline.database.admin_url).with_database(m_pipeline.database.maintenance_database);
}

ConnectionUrl Databases::prove_url() const {
    return m_pipeline.capture.prove_url ? read_url(*m_pipeline.capture.prove_url) : m_maintenance;
}

std::string Databases::work_name(const std::string& what) const {
    return lastgood::work_name(m_scope, m_run_id, what);
}

EngineContext engine_context(World& world, const Databases& databases, const ClientPrograms& programs,
                             const std::string& what) {
    return {programs,           world.processes, world.console, databases.work_name(what), databases.leftover_mark(),
            world.interruption, world.heroku()};
}

}  // namespace lastgood
