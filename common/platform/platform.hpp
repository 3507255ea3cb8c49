#pragma once

#include "core/facts.hpp"
#include "core/secret.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace lastgood {

class Console;
class Environment;
class Interruption;
class Processes;
class Redaction;
class Repository;
struct Command;
struct Pipeline;
struct ProcessResult;

/// What a platform works with.
struct PlatformContext {
    const Pipeline& pipeline;
    Processes& processes;
    Console& console;
    const Environment& environment;
    Redaction& redaction;
    Interruption& interruption;
};

/// One thing that `lastgood check` says of a platform.
struct PlatformRemark {
    bool trouble = false;
    std::string sentence;
    std::string next;  ///< where it is trouble
};

/// A database's address in parts, as an environment's properties have it.
struct DatabaseAddress {
    std::string name;
    std::string host;
    std::string port;
    std::string user;
    Secret password;
};

/// Where the application runs, as abilities. What a platform lacks the steps do as on a plain server. Whatever asks it
/// throws Failure: 2 or 3 if it does not let us in, 4 if it did not do what it was told and nothing was changed.
class Platform {
  public:
    virtual ~Platform() = default;
    virtual std::string name() const = 0;

    /// Who we are there, and what would go wrong. Changes nothing.
    virtual std::vector<PlatformRemark> look() = 0;
    /// What in the revision's tree makes a deploy of it migrate by itself ("release: of the Procfile"); "" if nothing.
    virtual std::string migrates_on_deploy(const std::filesystem::path& tree) const = 0;

    /// The database that the application is told to use. Secret: it has a password.
    virtual Secret database_url() = 0;

    /// What is served now, by the name by which return_to() finds it again: "v12"; "" if that cannot be told.
    virtual std::string serving() = 0;
    /// Builds and releases the revision; returns when it alone is served, with its name. Failure (4) if nothing of it
    /// is, (5) if some is, (6) if that cannot be told.
    virtual std::string deploy(const Repository& repository, const Revision& revision) = 0;
    /// The same for what serving() named, of this revision; where it named nothing, for whatever is known of it.
    virtual std::string return_to(const std::string& served, const Repository& repository,
                                  const Revision& revision) = 0;

    /// Does a deploy only succeed if the application is well, with the database that it has then?
    virtual bool deploys_only_what_is_well() const { return false; }

    /// Ends a deploy that is under way still, so that it does not come into what is brought back.
    virtual void stop_deploying() {}

    /// What runs, as let_in() is to bring it back; asked before hold(), and kept in the record. Failure (3) while
    /// somebody deploys.
    virtual nlohmann::json traffic() = 0;
    /// Requests are turned away and everything of the application's that writes by itself stands still. Returns when
    /// that is so; what it could not do it throws, and let_in() takes the rest back.
    virtual void hold(const nlohmann::json& traffic) = 0;
    virtual bool is_held(const nlohmann::json& traffic) = 0;
    /// Returns when what ran before runs again.
    virtual void let_in(const nlohmann::json& traffic) = 0;
    /// Does hold() stop everybody, so that no fence in the database is needed?
    virtual bool holds_everything() const = 0;

    /// Makes of a command one that runs in a process of its own on the platform, with the code that is deployed.
    virtual void send_there(Command& command) const = 0;
    /// Whether the command that was sent may still be running there: its end was never heard of.
    virtual bool is_lost(const ProcessResult& result) const = 0;

    /// Can the application be told to use another database? Then a rollback restores beside and repoints.
    virtual bool can_repoint() const { return false; }
    virtual DatabaseAddress database_address();
    /// What can be done of repoint() beforehand, while the application still has its database. Failure if it would have
    /// to wait for something.
    virtual void prepare_repoint(const std::string& served, const Repository& repository, const Revision& revision);
    /// The application is told to use this database, in one change together with what serving() named, of this
    /// revision: what is served meets no database but its own. As deploy().
    virtual void repoint(const DatabaseAddress& to, const std::string& served, const Repository& repository,
                         const Revision& revision);
};

struct PlatformRow {
    std::string name;
    std::function<std::unique_ptr<Platform>(const PlatformContext&)> make;
};
/// All but `plain`, which is none.
const std::vector<PlatformRow>& platforms();
/// Null for `plain`.
std::unique_ptr<Platform> make_platform(const PlatformContext& context);

}  // namespace lastgood
