#include "platform/heroku_platform.hpp"

#include "core/failure.hpp"
#include "core/quantity.hpp"
#include "git/remote_branch.hpp"
#include "git/repository.hpp"
#include "outside/console.hpp"
#include "outside/environment.hpp"
#include "outside/files.hpp"
#include "outside/interruption.hpp"
#include "pipeline/pipeline.hpp"
#include "platform/heroku.hpp"
#include "platform/procfile.hpp"
#include "platform/typed_commands.hpp"
#include "platform/waiting.hpp"

#include <algorithm>
#include <cstdlib>

#include <nlohmann/json.hpp>

namespace lastgood {

namespace {

using Json = nlohmann::json;

/// Until dynos that were told to stop are gone: Heroku kills them after 30 s.
constexpr std::chrono::seconds k_stop_limit{90};
constexpr std::chrono::minutes k_start_limit{3};

std::string named(int version) {
    return "v" + std::to_string(version);
}

/// "Deploy 9c1e2aa4", and "Retry of v5: Deploy 9c1e2aa4".
bool is_deploy_of(const HerokuRelease& release, const Revision& revision) {
    const std::string description = "Deploy " + revision.commit.substr(0, 8);
    return release.description == description ||
           (release.description.starts_with("Retry of v") && release.description.ends_with(": " + description));
}

bool runs_release_phase(const HerokuDyno& dyno) {
    return dyno.type == "release" && dyno.state != "crashed";
}

class HerokuPlatform : public Platform {
  public:
    explicit HerokuPlatform(const PlatformContext& context)
        : m_context(context), m_heroku(*context.pipeline.heroku, context) {}

    std::string name() const override { return "heroku"; }
    std::vector<PlatformRemark> look() override;
    std::string migrates_on_deploy(const std::filesystem::path& tree) const override;
    Secret database_url() override;
    std::string serving() override;
    std::string deploy(const Repository& repository, const Revision& revision) override;
    std::string return_to(const std::string& served, const Repository& repository, const Revision& revision) override;
    void stop_deploying() override;
    Json traffic() override;
    void hold(const Json& traffic) override;
    bool is_held(const Json& traffic) override;
    void let_in(const Json& traffic) override;
    bool holds_everything() const override { return true; }
    void send_there(Command& command) const override { m_heroku.to_one_off(command); }
    bool is_lost(const ProcessResult& result) const override { return Heroku::is_lost(result); }

  private:
    const HerokuSettings& settings() const { return m_heroku.settings(); }
    /// Those of the app's own process types; one-off dynos are somebody's.
    static bool runs(const Heroku::Activity& activity);
    void let_in_again(const Json& traffic);
    HerokuRelease await(const std::function<bool(const HerokuRelease&)>& ours, const std::string& what, int before);
    void require_served(const HerokuRelease& release, const std::string& what);
    Failure build_failed(const std::string& words) const;
    Waiting waiting(std::chrono::milliseconds limit) const {
        return {limit, settings().poll, m_context.console, m_context.interruption};
    }

    PlatformContext m_context;
    Heroku m_heroku;
};

std::vector<PlatformRemark> HerokuPlatform::look() {
    std::vector<PlatformRemark> remarks;
    remarks.push_back({false, "app " + settings().app + " as " + m_heroku.account() + ", serving " + serving(), ""});
    const auto formation = m_heroku.formation();
    std::string types;
    for (const auto& [type, quantity] : formation)
        types += (types.empty() ? "" : ", ") + type + " " + std::to_string(quantity);
    if (m_heroku.activity().maintenance) remarks.push_back({false, "maintenance mode is on", ""});
    if (m_context.pipeline.writes == Writes::open)
        remarks.push_back({true,
                           "requests and workers go on writing while the release is judged: a rollback restores "
                           "over the live database, and would lose what they wrote",
                           "writes: closed   turns maintenance mode on and stops the dynos until the verdict"});
    else
        remarks.push_back(
            {false, "from capture to the verdict maintenance mode is on and nothing runs (now: " + types + ")", ""});
    return remarks;
}

std::string HerokuPlatform::migrates_on_deploy(const std::filesystem::path& tree) const {
    const std::string command = release_phase_of(tree);
    return seems_to_migrate(command) ? "the release phase of the Procfile (" + command + ")" : "";
}

Secret HerokuPlatform::database_url() {
    Secret url = m_heroku.config(settings().database);
    if (url.empty())
        throw Failure(ExitCode::refused, "app " + settings().app + " has no config var " + settings().database,
                      "nothing", "heroku config --app " + settings().app + "   lists them; correct heroku.database");
    return url;
}

std::string HerokuPlatform::serving() {
    for (const auto& release : m_heroku.releases())
        if (release.current) return named(release.version);
    return "";
}

/// A release is made when the build is through, and goes into service when its release phase is.
HerokuRelease HerokuPlatform::await(const std::function<bool(const HerokuRelease&)>& ours, const std::string& what,
                                    int before) {
    Waiting waiting = this->waiting(settings().timeout);
    while (true) {
        for (const auto& release : m_heroku.releases()) {
            if (release.version <= before || !ours(release)) continue;
            if (release.status != "pending") return release;
            break;
        }
        if (!waiting.again(what))
            throw Failure(
                ExitCode::in_doubt, "Heroku has not ended " + what + " after " + say_duration(settings().timeout),
                "unknown: it may still go into service",
                "heroku releases --app " + settings().app + "   shows what becomes of it; then lastgood rollback");
    }
}

void HerokuPlatform::require_served(const HerokuRelease& release, const std::string& what) {
    if (release.status == "failed")
        throw Failure(ExitCode::failed_clean,
                      what + " failed: release " + named(release.version) + "'s release phase ended badly",
                      "nothing of it is served; what its release phase did is done",
                      "heroku releases:output " + named(release.version) + " --app " + settings().app);
    for (const auto& newer : m_heroku.releases()) {
        if (!newer.current) continue;
        if (newer.version >= release.version) return;
        break;
    }
    throw Failure(ExitCode::in_doubt,
                  "Heroku says that release " + named(release.version) + " succeeded, but does not serve it", "unknown",
                  "heroku releases --app " + settings().app);
}

Failure HerokuPlatform::build_failed(const std::string& words) const {
    return Failure(ExitCode::failed_clean, "Heroku did not take the revision", "nothing",
                   "mend what the build says, commit, and run again")
        .with_detail(words);
}

std::string HerokuPlatform::deploy(const Repository& repository, const Revision& revision) {
    const GitSettings& git = m_context.pipeline.git;
    const auto releases = m_heroku.releases();
    const int before = releases.empty() ? 0 : releases.front().version;
    const auto ours = [&](const HerokuRelease& release) { return is_deploy_of(release, revision); };
    // An earlier program of this run may have come so far.
    for (const auto& release : releases)
        if (release.current && ours(release)) return named(release.version);
    const std::string what = "the deploy of " + revision.commit.substr(0, 12);
    const bool pending = !releases.empty() && releases.front().status == "pending" && ours(releases.front());
    if (!pending) {
        const TemporaryDirectory scratch("lastgood-git-");
        const std::string branch = git.branch.empty() ? repository.current_branch().value_or("main") : git.branch;
        RemoteBranch source(repository, git.remote, branch, git.token ? git.token->value : Secret(), scratch.path(),
                            m_context.processes);
        m_context.console.info("pushing " + revision.commit.substr(0, 12) + " to Heroku, which builds it");
        const PushOutcome outcome =
            source.push_elsewhere(settings().git, Secret(m_context.environment.get("HEROKU_API_KEY").value_or("")),
                                  "refs/heads/" + settings().branch, revision.commit);
        if (!outcome.done) throw build_failed(outcome.refusal);
        // What is pushed already is not built again.
        const auto now = m_heroku.releases();
        const bool built = !now.empty() && now.front().version > before;
        if (!built) {
            for (const auto& old : now)
                if (ours(old) && old.status == "succeeded") return return_to(named(old.version), repository, revision);
            if (now.empty() || !ours(now.front()))
                throw Failure(ExitCode::failed_clean,
                              "Heroku has built " + revision.commit.substr(0, 12) +
                                  " before, its release phase failed, and it does not build it again",
                              "nothing", "git commit --allow-empty   makes another revision of it; then run again");
            m_context.console.info("Heroku has built it before: its release phase runs again");
            m_heroku.retry_release();
        }
    }
    const HerokuRelease release = await(ours, what, pending ? before - 1 : before);
    require_served(release, what);
    m_context.console.info("Heroku serves " + revision.commit.substr(0, 12) + " as " + named(release.version));
    return named(release.version);
}

std::string HerokuPlatform::return_to(const std::string& served, const Repository& repository,
                                      const Revision& revision) {
    const auto releases = m_heroku.releases();
    int wanted = served.starts_with("v") ? std::atoi(served.c_str() + 1) : 0;
    for (const auto& release : releases)
        if (wanted == 0 && is_deploy_of(release, revision) && release.status == "succeeded") wanted = release.version;
    if (wanted == 0) return deploy(repository, revision);
    const std::string again = "Rollback to " + named(wanted);
    for (const auto& release : releases) {
        if (!release.current) continue;
        if (release.version == wanted || release.description == again) return named(release.version);
        break;
    }
    const int before = releases.empty() ? 0 : releases.front().version;
    m_heroku.roll_back(wanted);
    const std::string what = "the return to " + named(wanted);
    const HerokuRelease release =
        await([&](const HerokuRelease& each) { return each.description == again; }, what, before);
    require_served(release, what);
    m_context.console.info("Heroku serves " + named(wanted) + " again, as " + named(release.version));
    return named(release.version);
}

bool HerokuPlatform::runs(const Heroku::Activity& activity) {
    return std::any_of(activity.dynos.begin(), activity.dynos.end(), [](const HerokuDyno& dyno) {
        return dyno.type != "run" && dyno.type != "release" && dyno.state != "crashed";
    });
}

void HerokuPlatform::stop_deploying() {
    Waiting waiting = this->waiting(k_stop_limit);
    while (true) {
        const Heroku::Activity activity = m_heroku.activity();
        if (std::none_of(activity.dynos.begin(), activity.dynos.end(), runs_release_phase)) return;
        for (const auto& dyno : activity.dynos) {
            if (!runs_release_phase(dyno)) continue;
            m_context.console.warning("stopping " + dyno.name + ", whose release phase has not ended");
            m_heroku.stop(dyno);
        }
        if (!waiting.again("the release phase to stop"))
            throw Failure(ExitCode::failed_clean, "a release phase of app " + settings().app + " goes on running",
                          "nothing", "heroku ps --app " + settings().app + "   lists it");
    }
}

Json HerokuPlatform::traffic() {
    const Heroku::Activity activity = m_heroku.activity();
    for (const auto& dyno : activity.dynos)
        if (runs_release_phase(dyno))
            throw Failure(ExitCode::refused, dyno.name + " of app " + settings().app + " runs: somebody deploys",
                          "nothing",
                          "heroku releases --app " + settings().app + "   shows its end; then run this again");
    return {{"maintenance", activity.maintenance}, {"formation", m_heroku.formation()}};
}

void HerokuPlatform::hold(const Json& traffic) {
    if (!traffic.value("maintenance", false)) m_heroku.set_maintenance(true);
    std::map<std::string, int> none;
    for (const auto& [type, quantity] : traffic.at("formation").get<std::map<std::string, int>>())
        if (quantity > 0) none[type] = 0;
    m_heroku.scale(none);
    Waiting waiting = this->waiting(k_stop_limit);
    while (runs(m_heroku.activity()))
        if (!waiting.again("the dynos to stop"))
            throw Failure(ExitCode::failed_clean, "dynos of app " + settings().app + " go on running", "nothing",
                          "heroku ps --app " + settings().app + "   lists them");
}

bool HerokuPlatform::is_held(const Json& /*traffic*/) {
    const Heroku::Activity activity = m_heroku.activity();
    return activity.maintenance && !runs(activity) &&
           std::none_of(activity.dynos.begin(), activity.dynos.end(), runs_release_phase);
}

void HerokuPlatform::let_in(const Json& traffic) {
    try {
        let_in_again(traffic);
    } catch (Failure& failure) {
        throw failure.with_code(ExitCode::failed_changed)
            .with_changed("the application is not let in again")
            .with_next(typed_commands(m_context.pipeline)->let_in(traffic));
    }
}

void HerokuPlatform::let_in_again(const Json& traffic) {
    auto formation = traffic.at("formation").get<std::map<std::string, int>>();
    // A release may have taken process types away, or brought new ones.
    const auto now = m_heroku.formation();
    std::erase_if(formation,
                  [&](const auto& entry) { return !now.contains(entry.first) || now.at(entry.first) == entry.second; });
    m_heroku.scale(formation);
    const auto wanted = traffic.at("formation").get<std::map<std::string, int>>();
    Waiting waiting = this->waiting(k_start_limit);
    const auto is_up = [&] {
        std::map<std::string, int> up;
        for (const auto& dyno : m_heroku.activity().dynos)
            if (dyno.state == "up") ++up[dyno.type];
        return std::all_of(wanted.begin(), wanted.end(), [&](const auto& entry) {
            return !now.contains(entry.first) || up[entry.first] >= entry.second;
        });
    };
    while (!is_up()) {
        if (waiting.again("the dynos to start")) continue;
        m_context.console.warning("not every dyno runs again after " + say_duration(k_start_limit) +
                                  ": heroku ps --app " + settings().app);
        break;
    }
    if (!traffic.value("maintenance", false)) m_heroku.set_maintenance(false);
}

}  // namespace

std::unique_ptr<Platform> make_heroku_platform(const PlatformContext& context) {
    return std::make_unique<HerokuPlatform>(context);
}

}  // namespace lastgood
