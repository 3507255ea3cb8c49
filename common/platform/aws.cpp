#include "platform/aws.hpp"

#include "outside/console.hpp"
#include "outside/files.hpp"
#include "outside/interruption.hpp"
#include "pipeline/pipeline.hpp"
#include "platform/platform.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <regex>

#include <nlohmann/json.hpp>

namespace lastgood {

namespace {

using Json = nlohmann::json;

constexpr std::size_t k_longest_answer = 16UL << 20U;
constexpr std::chrono::minutes k_longest_question{2};
constexpr std::array<std::chrono::milliseconds, 3> k_pauses{std::chrono::seconds(1), std::chrono::seconds(4),
                                                            std::chrono::seconds(10)};

/// "An error occurred (Throttling) when calling the UpdateEnvironment operation: Rate exceeded".
struct Refusal {
    std::string code;
    std::string message;
};

Refusal refusal_in(const ProcessResult& result) {
    static const std::regex pattern(
        "An error occurred \\(([^)]+)\\) when calling the \\w+ operation(?: \\([^)]*\\))?: *([^\n]*)");
    std::smatch parts;
    if (std::regex_search(result.err, parts, pattern)) return {parts[1], parts[2]};
    return {"", result.tail(1)};
}

bool may_pass(const Refusal& refusal) {
    static const std::regex codes(
        "Throttling|RequestLimitExceeded|ServiceUnavailable|InternalFailure|InternalError|"
        "RequestTimeout|TooManyRequests|50[0-9]");
    static const std::regex words(
        "Could not connect|Connection was closed|Read timeout|Connect timeout|"
        "Unable to parse response|reset by peer");
    return std::regex_search(refusal.code, codes) ||
           (refusal.code.empty() && std::regex_search(refusal.message, words));
}

bool is_about_us(const std::string& code) {
    static const std::regex pattern(
        "AccessDenied|UnauthorizedOperation|InvalidClientTokenId|SignatureDoesNotMatch|"
        "ExpiredToken|UnrecognizedClient|AuthFailure|InvalidAccessKeyId|OptInRequired|"
        "InsufficientPrivileges|40[13]");
    return std::regex_search(code, pattern);
}

/// "No Environment found for EnvironmentName = 'shop-nowhere'."
bool names_nothing(const Refusal& refusal) {
    return refusal.message.starts_with("No Environment found") || refusal.message.starts_with("No Application named");
}

std::string text_of(const Json& json, const char* key) {
    const auto found = json.find(key);
    return found == json.end() || !found->is_string() ? "" : found->get<std::string>();
}

RdsInstance instance_in(const Json& json) {
    RdsInstance instance;
    instance.id = text_of(json, "DBInstanceIdentifier");
    instance.status = text_of(json, "DBInstanceStatus");
    if (json.contains("Endpoint")) {
        instance.host = text_of(json["Endpoint"], "Address");
        instance.port = json["Endpoint"].value("Port", 0);
    }
    instance.raw = json.dump();
    return instance;
}

}  // namespace

std::string rds_instance_of(const std::string& restore_point) {
    return "lastgood-" + restore_point;
}

struct Aws::Call {
    std::vector<std::string> arguments;
    Json input = {};        ///< parameters that may be secret; null: none
    bool only_asks = true;  ///< so that it may be repeated
    bool secret = false;    ///< its answer holds secrets
    std::chrono::milliseconds timeout = k_longest_question;
};

Aws::Aws(const PlatformContext& context)
    : m_settings(*context.pipeline.beanstalk),
      m_processes(context.processes),
      m_console(context.console),
      m_interruption(context.interruption) {}

std::vector<std::string> Aws::argv(const std::vector<std::string>& arguments) const {
    std::vector<std::string> argv = m_settings.program;
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    if (!m_settings.region.empty()) argv.insert(argv.end(), {"--region", m_settings.region});
    if (!m_settings.endpoint.empty()) argv.insert(argv.end(), {"--endpoint-url", m_settings.endpoint});
    return argv;
}

std::string Aws::run(const Call& call) {
    const TemporaryDirectory directory("lastgood-aws-");
    Command command;
    command.argv = argv(call.arguments);
    command.argv.insert(command.argv.end(), {"--output", "json"});
    if (!call.input.is_null()) {
        const auto file = directory.path() / "input.json";
        replace_file(file, call.input.dump());
        command.argv.insert(command.argv.end(), {"--cli-input-json", "file://" + file.string()});
    }
    command.environment = {{"AWS_PAGER", ""}, {"AWS_CLI_AUTO_PROMPT", "off"}};
    command.without = {"AWS_DEFAULT_OUTPUT", "PYTHONPATH"};
    command.timeout = call.timeout;
    command.keep = KeptOutput::all(k_longest_answer);
    command.unredacted = call.secret;
    for (std::size_t tries = 0;; ++tries) {
        const ProcessResult result = m_processes.run(command);
        if (result.ok()) return result.out;
        const Refusal refusal = refusal_in(result);
        if (tries == k_pauses.size() || !call.only_asks || !may_pass(refusal)) throw failed(call, result);
        m_console.info("aws " + call.arguments[1] + ": " + refusal.message + "; again in " +
                       std::to_string(k_pauses.at(tries).count() / 1000) + " s");
        m_interruption.wait(k_pauses.at(tries));
    }
}

Json Aws::answer(const Call& call) {
    Json json = Json::parse(run(call), nullptr, false);
    if (json.is_object()) return json;
    throw Failure(ExitCode::failed_clean, "aws " + call.arguments[1] + " answered with something else than JSON",
                  "nothing", say_command(argv(call.arguments)) + "   shows it");
}

Failure Aws::failed(const Call& call, const ProcessResult& result) const {
    const Refusal refusal = refusal_in(result);
    const std::string what = "aws " + call.arguments[0] + " " + call.arguments[1];
    const std::string said = refusal.code.empty() ? refusal.message : refusal.code + ": " + refusal.message;
    if (is_about_us(refusal.code) || result.exit_code == 253)
        return {
            ExitCode::refused, "AWS refuses " + what + " to us: " + said, "nothing",
            "aws sts get-caller-identity   says who we are; give that account the right, or set AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY"};
    if (names_nothing(refusal))
        return {ExitCode::refused, what + " failed: " + said, "nothing",
                "aws elasticbeanstalk describe-environments   lists them; correct elastic_beanstalk"};
    const bool unknown = !call.only_asks && refusal.code.empty();
    return Failure(unknown ? ExitCode::in_doubt : ExitCode::failed_clean, what + " failed: " + said,
                   unknown ? "unknown: whether AWS took it" : "nothing",
                   call.input.is_null() ? say_command(argv(call.arguments)) + "   says the same"
                                        : "lastgood status   shows where the run stands; then run this again")
        .with_detail(result.tail());
}

std::string Aws::account() {
    return text_of(answer({{"sts", "get-caller-identity"}}), "Arn");
}

BeanstalkState Aws::environment(const std::string& name) {
    const Json json = answer({{"elasticbeanstalk", "describe-environments", "--application-name",
                               m_settings.application, "--environment-names", name, "--no-include-deleted"}});
    for (const auto& each : json.value("Environments", Json::array()))
        return {text_of(each, "Status"), text_of(each, "Health"), text_of(each, "VersionLabel")};
    throw Failure(ExitCode::refused,
                  "application \"" + m_settings.application + "\" has no environment \"" + name + "\"", "nothing",
                  "aws elasticbeanstalk describe-environments   lists them; correct elastic_beanstalk");
}

std::vector<BeanstalkInstance> Aws::instances(const std::string& name) {
    std::vector<BeanstalkInstance> instances;
    const Json json = answer(
        {{"elasticbeanstalk", "describe-instances-health", "--environment-name", name, "--attribute-names", "All"}});
    for (const auto& each : json.value("InstanceHealthList", Json::array())) {
        BeanstalkInstance instance{text_of(each, "InstanceId"), "", text_of(each, "Color"), {}};
        // After a failed one it goes on with what it had.
        const Json deployment = each.value("Deployment", Json::object());
        if (text_of(deployment, "Status") != "Failed") instance.version = text_of(deployment, "VersionLabel");
        for (const auto& cause : each.value("Causes", Json::array()))
            instance.causes.push_back(cause.get<std::string>());
        instances.push_back(std::move(instance));
    }
    return instances;
}

std::vector<BeanstalkEvent> Aws::events(const std::string& name, const std::string& since) {
    std::vector<BeanstalkEvent> events;
    const Json json = answer({{"elasticbeanstalk", "describe-events", "--environment-name", name, "--start-time", since,
                               "--max-items", "200"}});
    for (const auto& each : json.value("Events", Json::array()))
        events.push_back({text_of(each, "EventDate"), text_of(each, "Severity"), text_of(each, "Message")});
    return events;
}

std::map<BeanstalkOption, std::string> Aws::options(const std::string& name) {
    Call call{{"elasticbeanstalk", "describe-configuration-settings", "--application-name", m_settings.application,
               "--environment-name", name}};
    call.secret = true;
    std::map<BeanstalkOption, std::string> options;
    const Json json = answer(call);
    // While an update is under way, and after one that failed, there is a second set.
    for (const auto& settings : json.value("ConfigurationSettings", Json::array())) {
        if (const std::string status = text_of(settings, "DeploymentStatus"); !status.empty() && status != "deployed")
            continue;
        for (const auto& each : settings.value("OptionSettings", Json::array()))
            options[{text_of(each, "Namespace"), text_of(each, "OptionName")}] = text_of(each, "Value");
    }
    return options;
}

void Aws::update(const std::string& name, const std::string& version,
                 const std::map<BeanstalkOption, std::string>& options) {
    Json input{{"EnvironmentName", name}};
    if (!version.empty()) input["VersionLabel"] = version;
    for (const auto& [option, value] : options)
        input["OptionSettings"].push_back(
            {{"Namespace", option.first}, {"OptionName", option.second}, {"Value", value}});
    Call call{{"elasticbeanstalk", "update-environment"}, input, false};
    call.secret = true;
    run(call);
}

std::string Aws::version_status(const std::string& label) {
    const Json json = answer({{"elasticbeanstalk", "describe-application-versions", "--application-name",
                               m_settings.application, "--version-labels", label}});
    for (const auto& each : json.value("ApplicationVersions", Json::array())) {
        std::string status = text_of(each, "Status");
        std::transform(status.begin(), status.end(), status.begin(),
                       [](unsigned char letter) { return std::toupper(letter); });
        return status.empty() ? "UNPROCESSED" : status;
    }
    return "";
}

void Aws::create_version(const std::string& label, const std::string& key, const std::string& description) {
    Call call{{"elasticbeanstalk", "create-application-version", "--application-name", m_settings.application,
               "--version-label", label, "--description", description, "--source-bundle",
               "S3Bucket=" + bucket() + ",S3Key=" + key, "--process"}};
    call.only_asks = false;
    answer(call);
}

/// The one that Elastic Beanstalk makes for an account and a region, where the pipeline names none.
const std::string& Aws::bucket() {
    if (m_bucket.empty()) m_bucket = m_settings.bucket;
    if (m_bucket.empty()) m_bucket = text_of(answer({{"elasticbeanstalk", "create-storage-location"}}), "S3Bucket");
    return m_bucket;
}

void Aws::upload(const std::filesystem::path& file, const std::string& key) {
    Call call{{"s3", "cp", file.string(), "s3://" + bucket() + "/" + key, "--no-progress"}};
    call.timeout = m_settings.timeout;
    try {
        run(call);
    } catch (Failure& failure) {
        // The file is gone when this is read.
        throw failure.with_next("aws s3 ls s3://" + bucket() + "   says whether the bucket is there, and ours");
    }
}

Json RdsInstance::description() const {
    return Json::parse(raw);
}

std::vector<RdsInstance> Aws::instances_of_rds() {
    std::vector<RdsInstance> instances;
    const Json json = answer({{"rds", "describe-db-instances"}});
    for (const auto& each : json.value("DBInstances", Json::array())) instances.push_back(instance_in(each));
    return instances;
}

std::optional<RdsInstance> Aws::instance(const std::string& id) {
    try {
        const Json json = answer({{"rds", "describe-db-instances", "--db-instance-identifier", id}});
        for (const auto& each : json.value("DBInstances", Json::array())) return instance_in(each);
    } catch (const Failure& failure) {
        if (failure.what_happened().find("DBInstanceNotFound") == std::string::npos) throw;
    }
    return std::nullopt;
}

void Aws::create_snapshot(const std::string& instance, const std::string& snapshot) {
    Call call{
        {"rds", "create-db-snapshot", "--db-instance-identifier", instance, "--db-snapshot-identifier", snapshot}};
    call.only_asks = false;
    try {
        answer(call);
    } catch (const Failure& failure) {
        // The CLI repeats a call whose answer was lost: nobody else gives it this name.
        if (failure.what_happened().find("DBSnapshotAlreadyExists") == std::string::npos) throw;
    }
}

std::optional<RdsSnapshot> Aws::snapshot(const std::string& id) {
    try {
        const Json json = answer({{"rds", "describe-db-snapshots", "--db-snapshot-identifier", id}});
        for (const auto& each : json.value("DBSnapshots", Json::array()))
            return RdsSnapshot{text_of(each, "DBSnapshotIdentifier"), text_of(each, "Status"),
                               each.value("PercentProgress", 0)};
    } catch (const Failure& failure) {
        if (failure.what_happened().find("DBSnapshotNotFound") == std::string::npos) throw;
    }
    return std::nullopt;
}

void Aws::restore_instance(const std::string& snapshot, const std::string& id, const RdsInstance& like) {
    const Json described = like.description();
    Json input{{"DBInstanceIdentifier", id}, {"DBSnapshotIdentifier", snapshot}};
    for (const char* key :
         {"DBInstanceClass", "MultiAZ", "PubliclyAccessible", "StorageType", "AutoMinorVersionUpgrade"})
        if (described.contains(key)) input[key] = described[key];
    if (described.contains("DBSubnetGroup"))
        input["DBSubnetGroupName"] = text_of(described["DBSubnetGroup"], "DBSubnetGroupName");
    for (const auto& group : described.value("VpcSecurityGroups", Json::array()))
        input["VpcSecurityGroupIds"].push_back(text_of(group, "VpcSecurityGroupId"));
    for (const auto& group : described.value("DBParameterGroups", Json::array()))
        input["DBParameterGroupName"] = text_of(group, "DBParameterGroupName");
    answer({{"rds", "restore-db-instance-from-db-snapshot"}, input, false});
}

void Aws::delete_instance(const std::string& id) {
    Call call{{"rds", "delete-db-instance", "--db-instance-identifier", id, "--skip-final-snapshot",
               "--delete-automated-backups"}};
    call.only_asks = false;
    answer(call);
}

}  // namespace lastgood
