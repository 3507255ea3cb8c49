#pragma once

#include "core/failure.hpp"
#include "core/secret.hpp"
#include "outside/files.hpp"
#include "outside/process.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace lastgood {

class Console;
class Environment;
class Interruption;
struct HerokuSettings;
struct PlatformContext;

/// One dyno, as apps:info --json has it.
struct HerokuDyno {
    std::string name;  ///< "web.1", "run.1234"
    std::string type;  ///< "web", "run", "scheduler"
    std::string state;
};

struct HerokuRelease {
    int version = 0;
    std::string status;       ///< "pending", "succeeded", "failed"
    std::string description;  ///< "Deploy 9c1e2aa4", "Rollback to v3", "Set X config vars"
    bool current = false;
    bool has_slug = false;
};

/// A backup, or a restore, of Heroku's.
struct HerokuTransfer {
    std::string name;   ///< "b001", "r002"
    std::string state;  ///< "Completed", "Failed", "Running", "Pending", "Canceled", "Finished with 2 warnings"
    bool ended() const { return state != "Running" && state != "Pending"; }
    bool succeeded() const { return state.starts_with("Completed") || state.starts_with("Finished"); }
};

/// Heroku's CLI, which is known here only: what it is called with, what it prints, and where it lies. Measured with
/// 11.10.0: capture and download exit 0 after they failed, restore without --confirm exits 0 and restores nothing, run
/// hides the exit code, each command writes into the user's git configuration, and an updater stays behind. So every
/// outcome is read again, and each call has a HOME of its own. Whatever is asked throws Failure: 2 without
/// HEROKU_API_KEY, 3 if Heroku refuses us, 4 if it gives no answer.
class Heroku {
  public:
    Heroku(const HerokuSettings& settings, const PlatformContext& context);

    std::string account();
    /// Whether maintenance mode is on, and every dyno that there is.
    struct Activity {
        bool maintenance = false;
        std::vector<HerokuDyno> dynos;
    };
    Activity activity();
    void set_maintenance(bool on);
    /// Process types and how many of each: "web=2:Standard-1X worker=1:Basic".
    std::map<std::string, int> formation();
    void scale(const std::map<std::string, int>& formation);
    std::vector<HerokuRelease> releases();  ///< newest first
    /// A new release of the newest one's slug, whose release phase runs again.
    void retry_release();
    void stop(const HerokuDyno& dyno);
    /// A new release of the old one's slug; its version. Its outcome is seen in releases().
    void roll_back(int version);
    Secret config(const std::string& name);
    std::vector<HerokuTransfer> backups();
    std::vector<HerokuTransfer> restores();
    HerokuTransfer backup(const std::string& name);
    /// Lets Heroku begin a backup, and comes back at its end or when nothing is heard of it any more; what became of it
    /// is in backups().
    void capture();
    void download(const std::string& name, const std::filesystem::path& file);
    void restore(const std::string& name);

    /// What lets `command` run in a one-off dyno, with its own exit status.
    void to_one_off(Command& command) const;
    /// The dyno's exit status was never heard.
    static bool is_lost(const ProcessResult& result);

    const HerokuSettings& settings() const { return m_settings; }
    /// "heroku pg:backups:restore b001 DATABASE_URL --app shop --confirm shop", for a person.
    std::string restore_command(const std::string& name) const;

  private:
    struct Call;
    std::string answer(const Call& call);
    ProcessResult run(const Call& call);
    Command command(std::vector<std::string> arguments) const;
    Failure failed(const Call& call, const ProcessResult& result) const;
    std::vector<HerokuTransfer> transfers(char kind);

    const HerokuSettings& m_settings;
    Processes& m_processes;
    Console& m_console;
    const Environment& m_environment;
    Interruption& m_interruption;
    /// Every command writes a credential helper into the global git configuration: into one that nobody reads.
    TemporaryDirectory m_home{"lastgood-heroku-"};
};

}  // namespace lastgood
