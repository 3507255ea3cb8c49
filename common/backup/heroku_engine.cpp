#include "backup/heroku_engine.hpp"

#include "backup/archive.hpp"
#include "backup/postgres_client.hpp"
#include "backup/vacuum.hpp"
#include "core/failure.hpp"
#include "core/quantity.hpp"
#include "database/emptying.hpp"
#include "database/session.hpp"
#include "outside/console.hpp"
#include "outside/interruption.hpp"
#include "pipeline/pipeline.hpp"
#include "platform/heroku.hpp"
#include "platform/waiting.hpp"
#include "record/point_reader.hpp"
#include "record/point_writer.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace lastgood {

namespace {

using Json = nlohmann::json;

constexpr const char* k_dump = "dump";
/// {"app", "backup"}: which of Heroku's backups it is.
constexpr const char* k_origin = "heroku.json";
constexpr int k_download_tries = 3;

class HerokuEngine : public InPlaceEngine {
  public:
    explicit HerokuEngine(const EngineContext& context)
        : m_context(context), m_client(m_context), m_heroku(*m_context.heroku) {}

    std::string name() const override { return "heroku"; }
    std::vector<TableDigest> capture(const CaptureOrder& order) override;
    void list(PointReader& objects) override;
    void restore(PointReader& objects, const ConnectionUrl& url, int jobs) override;
    bool has_user_mappings(PointReader& objects) override { return archive(objects).has_user_mappings(); }
    void restore_user_mappings(PointReader& objects, const ConnectionUrl& url) override {
        archive(objects).restore_user_mappings(url);
    }
    std::string keep_live() override;
    void restore_over(PointReader& objects, const ConnectionUrl& live, int jobs) override;
    void restore_kept(const std::string& name, const ConnectionUrl& live) override;
    std::string restore_over_command(PointReader& objects) override;
    std::string restore_kept_command(const std::string& name) override { return m_heroku.restore_command(name); }

  private:
    Archive archive(PointReader& objects) const { return {m_context, objects.file(k_dump)}; }
    static std::string origin(PointReader& objects);
    std::string begin_backup(const std::function<void(const std::string&)>& begun);
    std::string begun_since(const std::string& token);
    void await_restores();
    HerokuTransfer end_of(const std::string& name);
    bool is_there(const std::string& name);
    void require_whole(const std::filesystem::path& file) const;
    void download(const std::string& name, const std::filesystem::path& file);
    void empty(const ConnectionUrl& live) const;
    void restore_backup(const std::string& name);

    EngineContext m_context;
    PostgresClient m_client;
    Heroku& m_heroku;
};

/// By what was not listed before: what the CLI says of it, it also says of what fails.
std::string HerokuEngine::begin_backup(const std::function<void(const std::string&)>& begun) {
    std::string token = "after ";
    for (const auto& backup : m_heroku.backups()) token += backup.name + " ";
    if (begun) begun(token);
    m_heroku.capture();
    const std::string name = begun_since(token);
    if (!name.empty()) return name;
    throw Failure(ExitCode::failed_clean, "Heroku lists no new backup after pg:backups:capture", "nothing",
                  "heroku pg:backups --app " + m_heroku.settings().app + "   shows what there is");
}

/// The newest, or "".
std::string HerokuEngine::begun_since(const std::string& token) {
    for (const auto& backup : m_heroku.backups())
        if (token.find(" " + backup.name + " ") == std::string::npos) return backup.name;
    return "";
}

HerokuTransfer HerokuEngine::end_of(const std::string& name) {
    Waiting waiting(m_heroku.settings().timeout, m_heroku.settings().poll, m_context.console, m_context.interruption);
    while (true) {
        const HerokuTransfer transfer = m_heroku.backup(name);
        if (transfer.ended()) return transfer;
        if (waiting.again("Heroku's " + name + " (" + transfer.state + ")")) continue;
        throw Failure(ExitCode::failed_clean,
                      "Heroku has not ended " + name + " after " + say_duration(m_heroku.settings().timeout), "nothing",
                      "heroku pg:backups:info " + name + " --app " + m_heroku.settings().app +
                          "   shows how far it is; raise heroku.timeout");
    }
}

bool HerokuEngine::is_there(const std::string& name) {
    const auto backups = m_heroku.backups();
    return std::any_of(backups.begin(), backups.end(),
                       [&](const auto& each) { return each.name == name && each.succeeded(); });
}

std::string HerokuEngine::keep_live() {
    const std::string name = begin_backup({});
    const HerokuTransfer transfer = end_of(name);
    if (transfer.succeeded()) return name;
    throw Failure(ExitCode::failed_clean,
                  "Heroku's backup " + name + " of what is live now did not succeed: " + transfer.state, "nothing",
                  "heroku pg:backups:info " + name + " --app " + m_heroku.settings().app + "   says why");
}

/// To its last octet: the list of an archive is at its beginning.
void HerokuEngine::require_whole(const std::filesystem::path& file) const {
    Archive(m_context, file).entries();
    const auto outcome = m_client.run({m_context.programs.pg_restore(), "--file=/dev/null", file.string()}, nullptr);
    if (outcome.result.ok()) return;
    throw Failure(ExitCode::failed_clean, "the archive is not whole: " + first_lines(outcome.errors, 1), "nothing",
                  "lastgood backup-capture   fetches it again");
}

/// The CLI ends with 0 where the file holds an error page.
void HerokuEngine::download(const std::string& name, const std::filesystem::path& file) {
    for (int tries = 1;; ++tries) {
        try {
            std::filesystem::remove(file);
            m_heroku.download(name, file);
            return require_whole(file);
        } catch (const Failure& failure) {
            if (failure.code() != ExitCode::failed_clean || tries == k_download_tries) {
                if (failure.code() != ExitCode::failed_clean) throw;
                throw Failure(ExitCode::failed_clean,
                              "Heroku's backup " + name + " could not be downloaded: " + failure.what_happened(),
                              "nothing; the backup is at Heroku",
                              "lastgood backup-capture   fetches it again, as long as nothing is written meanwhile")
                    .with_detail(failure.detail());
            }
            m_context.console.info("the download of " + name + " failed (" + failure.what_happened() + "); again");
        }
    }
}

std::vector<TableDigest> HerokuEngine::capture(const CaptureOrder& order) {
    std::string name = order.begun_earlier.empty() ? "" : begun_since(order.begun_earlier);
    if (!name.empty() && end_of(name).succeeded()) {
        m_context.console.info("Heroku's backup " + name +
                               ", which an earlier program of this run took, is still right");
    } else {
        name = begin_backup(order.begun);
    }
    const HerokuTransfer transfer = end_of(name);
    if (!transfer.succeeded())
        throw Failure(ExitCode::failed_clean, "Heroku's backup " + name + " did not succeed: " + transfer.state,
                      "nothing",
                      "heroku pg:backups:info " + name + " --app " + m_heroku.settings().app +
                          "   says why; then lastgood backup-capture");
    m_context.console.info("Heroku has backup " + name + "; fetching it");
    order.target.take(k_dump, [&](const std::filesystem::path& file) { download(name, file); });
    order.target.put(k_origin, Json{{"app", m_heroku.settings().app}, {"backup", name}}.dump());
    return {};
}

void HerokuEngine::list(PointReader& objects) {
    require_whole(objects.file(k_dump));
}

void HerokuEngine::restore(PointReader& objects, const ConnectionUrl& url, int jobs) {
    const Archive all = archive(objects);
    all.restore(url, jobs, "", all.wanted_in_copies(url));
    analyze_restored(m_context, url, jobs);
}

std::string HerokuEngine::origin(PointReader& objects) {
    const Json json = Json::parse(objects.get(k_origin), nullptr, false);
    return json.is_object() ? json.value("backup", "") : "";
}

/// What the restore does not know of would stay, and could stand in its way. Not by pg:reset: that would give the
/// schema public another owner, and cannot be taken back when it fails.
void HerokuEngine::empty(const ConnectionUrl& live) const {
    Session session(live, m_context.application_name, m_context.interruption);
    try {
        empty_database(session);
    } catch (const DatabaseError& error) {
        throw Failure(ExitCode::failed_clean, "the live database could not be emptied: " + error.primary(), "nothing",
                      "see what stands in the way, then lastgood rollback");
    }
}

/// One that a killed program had Heroku begin goes on without it.
void HerokuEngine::await_restores() {
    for (const auto& restore : m_heroku.restores()) {
        if (restore.ended()) continue;
        m_context.console.info("Heroku is restoring already (" + restore.name + "): waiting for its end");
        try {
            end_of(restore.name);
        } catch (Failure& failure) {
            const std::string app = m_heroku.settings().app;
            throw failure.with_code(ExitCode::failed_changed)
                .with_changed("the database is being restored")
                .with_next("heroku pg:backups:cancel " + restore.name + " --app " + app + " --confirm " + app +
                           "   ends it; then lastgood rollback");
        }
    }
}

void HerokuEngine::restore_backup(const std::string& name) {
    const auto before = m_heroku.restores();
    const auto failed = [&](const std::string& why) {
        return Failure(ExitCode::failed_changed, "Heroku did not restore " + name + ": " + why,
                       "the database may be empty", m_heroku.restore_command(name));
    };
    std::string why = "no restore was begun";
    try {
        m_heroku.restore(name);
    } catch (const Failure& failure) {
        // A restore that was begun goes on, whatever the CLI came to.
        why = failure.what_happened();
    }
    try {
        for (const auto& restore : m_heroku.restores()) {
            const bool known =
                std::any_of(before.begin(), before.end(), [&](const auto& each) { return each.name == restore.name; });
            if (known) continue;
            const HerokuTransfer ended = end_of(restore.name);
            if (ended.succeeded()) return;
            why = ended.state;
            break;
        }
    } catch (const Failure& failure) {
        throw failed(failure.what_happened()).with_detail(failure.detail());
    }
    throw failed(why);
}

void HerokuEngine::restore_over(PointReader& objects, const ConnectionUrl& live, int jobs) {
    const std::string name = origin(objects);
    const bool at_heroku = is_there(name);
    await_restores();
    empty(live);
    if (at_heroku) return restore_backup(name);
    m_context.console.warning("Heroku does not have backup " + name + " any more: restoring the one in our store");
    try {
        restore(objects, live, jobs);
    } catch (Failure& failure) {
        throw failure.with_code(ExitCode::failed_changed).with_changed("the database may be empty");
    }
}

void HerokuEngine::restore_kept(const std::string& name, const ConnectionUrl& live) {
    if (!is_there(name))
        throw Failure(ExitCode::refused, "Heroku does not have backup " + name + " any more", "nothing",
                      "heroku pg:backups --app " + m_heroku.settings().app + "   lists what there is");
    await_restores();
    empty(live);
    restore_backup(name);
}

std::string HerokuEngine::restore_over_command(PointReader& objects) {
    return objects.locked() ? "" : m_heroku.restore_command(origin(objects));
}

}  // namespace

std::unique_ptr<InPlaceEngine> make_heroku_engine(const EngineContext& context) {
    return std::make_unique<HerokuEngine>(context);
}

}  // namespace lastgood
