#pragma once

#include "core/failure.hpp"
#include "outside/process.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace lastgood {

class Console;
class Environment;
class Interruption;
struct BeanstalkSettings;
struct PlatformContext;

/// An environment of Elastic Beanstalk's, as describe-environments has it.
struct BeanstalkState {
    std::string status;   ///< "Ready", "Updating", "Launching", ...
    std::string health;   ///< "Green", "Yellow", "Red", "Grey"
    std::string version;  ///< label
    bool ready() const { return status == "Ready"; }
};

struct BeanstalkInstance {
    std::string id;
    std::string version;              ///< that it runs; "" where its last deployment failed, so that it runs another
    std::string color;                ///< of its health
    std::vector<std::string> causes;  ///< why it is not Green
};

struct BeanstalkEvent {
    std::string at;
    std::string severity;  ///< "INFO", "WARN", "ERROR", "FATAL"
    std::string message;
};

/// (namespace, name) of an option setting.
using BeanstalkOption = std::pair<std::string, std::string>;

/// A database server of RDS.
struct RdsInstance {
    std::string id;
    std::string status;  ///< "available", "creating", ...
    std::string host;
    int port = 0;
    nlohmann::json description() const;
    std::string raw;  ///< as describe-db-instances has it
};

struct RdsSnapshot {
    std::string id;
    std::string status;  ///< "available", "creating", "failed"
    int percent = 0;
};

/// What a restore point is called where it is a server again: RDS takes letters, digits and single hyphens.
std::string rds_instance_of(const std::string& restore_point);

/// AWS's CLI, which is known here only. Whatever can hold a secret goes into it through a file of mode 0600 that
/// --cli-input-json names, never through argv. It tries again by itself what was throttled. Whatever is asked throws
/// Failure: 3 if AWS refuses us or knows no such thing, 4 if it gives no answer.
class Aws {
  public:
    explicit Aws(const PlatformContext& context);

    std::string account();  ///< "arn:aws:iam::123456789012:user/deployer"

    BeanstalkState environment(const std::string& name);
    std::vector<BeanstalkInstance> instances(const std::string& name);
    /// Newest first, from `since` (ISO 8601) on.
    std::vector<BeanstalkEvent> events(const std::string& name, const std::string& since);
    /// As they are deployed. Some of them are secrets.
    std::map<BeanstalkOption, std::string> options(const std::string& name);
    /// `version`: "" leaves the label as it is.
    void update(const std::string& name, const std::string& version,
                const std::map<BeanstalkOption, std::string>& options);
    /// "PROCESSED", "FAILED", ...; "" if there is no such version.
    std::string version_status(const std::string& label);
    void create_version(const std::string& label, const std::string& key, const std::string& description);
    void upload(const std::filesystem::path& file, const std::string& key);

    std::optional<RdsInstance> instance(const std::string& id);
    std::vector<RdsInstance> instances_of_rds();
    void create_snapshot(const std::string& instance, const std::string& snapshot);
    std::optional<RdsSnapshot> snapshot(const std::string& id);
    /// A new instance with network, groups and class of `like`.
    void restore_instance(const std::string& snapshot, const std::string& id, const RdsInstance& like);
    void delete_instance(const std::string& id);

    const BeanstalkSettings& settings() const { return m_settings; }
    const std::string& bucket();

  private:
    struct Call;
    nlohmann::json answer(const Call& call);
    std::string run(const Call& call);
    Failure failed(const Call& call, const ProcessResult& result) const;
    std::vector<std::string> argv(const std::vector<std::string>& arguments) const;

    const BeanstalkSettings& m_settings;
    Processes& m_processes;
    Console& m_console;
    Interruption& m_interruption;
    std::string m_bucket;
};

}  // namespace lastgood
