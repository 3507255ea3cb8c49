#include "backup/rds_engine.hpp"

#include "core/failure.hpp"
#include "core/quantity.hpp"
#include "outside/clock.hpp"
#include "outside/console.hpp"
#include "pipeline/pipeline.hpp"
#include "platform/aws.hpp"
#include "platform/typed_commands.hpp"
#include "platform/waiting.hpp"
#include "record/point_reader.hpp"
#include "record/point_writer.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include <nlohmann/json.hpp>

namespace lastgood {

namespace {

using Json = nlohmann::json;

/// {"snapshot", "instance"}: which snapshot of RDS's it is, and of which instance.
constexpr const char* k_origin = "rds.json";

class RdsEngine : public InstanceEngine {
  public:
    explicit RdsEngine(const EngineContext& context) : m_context(context), m_aws(*m_context.aws) {}

    std::string name() const override { return "rds"; }
    std::unique_ptr<ExportedSnapshot> snapshot(const ConnectionUrl& url, const std::string& application_name,
                                               Interruption& interruption, const std::string& restore_point) override {
        m_point = restore_point;
        return Engine::snapshot(url, application_name, interruption, restore_point);
    }
    std::vector<TableDigest> capture(const CaptureOrder& order) override;
    void list(PointReader& objects) override;
    ManagedServer restore_aside(PointReader& objects, const std::string& restore_point) override;
    std::optional<ManagedServer> aside(const std::string& restore_point) override;
    void drop_aside(const std::string& restore_point) override;
    std::string restore_aside_command(PointReader& objects, const std::string& restore_point) override;
    std::string drop_command(const std::string& server) override {
        return typed_aws(m_aws.settings(), {"rds", "delete-db-instance", "--db-instance-identifier", server,
                                            "--final-db-snapshot-identifier", server + "-last"});
    }
    ManagedServer server_of(const ConnectionUrl& url) override;

  private:
    struct Origin {
        std::string snapshot;
        std::string instance;
    };
    static Origin origin(PointReader& objects);
    void await_snapshot(const std::string& id);
    Waiting waiting() const {
        return {m_aws.settings().timeout, m_aws.settings().poll, m_context.console, m_context.interruption};
    }

    EngineContext m_context;
    Aws& m_aws;
    std::string m_point;
};

/// By its address: after a rollback the application's database is on another instance than before.
ManagedServer RdsEngine::server_of(const ConnectionUrl& url) {
    const std::string host = url.part("host");
    const std::string port = url.part("port").empty() ? "5432" : url.part("port");
    for (const auto& instance : m_aws.instances_of_rds())
        if (instance.host == host && std::to_string(instance.port) == port)
            return {instance.id, instance.host, instance.port};
    const std::string& named = m_aws.settings().instance;
    if (named.empty())
        throw Failure(ExitCode::refused, "no RDS instance has the address " + url.address(), "nothing",
                      "aws rds describe-db-instances   lists them; name it in elastic_beanstalk.instance");
    const auto instance = m_aws.instance(named);
    if (!instance)
        throw Failure(ExitCode::refused, "RDS has no instance \"" + named + "\"", "nothing",
                      "aws rds describe-db-instances   lists them; correct elastic_beanstalk.instance");
    return {instance->id, instance->host, instance->port};
}

void RdsEngine::await_snapshot(const std::string& id) {
    Waiting waiting = this->waiting();
    while (true) {
        const auto snapshot = m_aws.snapshot(id);
        if (snapshot && snapshot->status == "available") return;
        const std::string said =
            snapshot ? snapshot->status + " at " + std::to_string(snapshot->percent) + " %" : "not there";
        if (snapshot && snapshot->status == "failed")
            throw Failure(ExitCode::failed_clean,
                          "snapshot " + id + " failed at " + std::to_string(snapshot->percent) + " %", "nothing",
                          "aws rds describe-events --source-type db-snapshot --source-identifier " + id);
        if (!waiting.again("snapshot " + id + " (" + said + ")"))
            throw Failure(ExitCode::failed_clean,
                          "snapshot " + id + " is " + said + " after " + say_duration(m_aws.settings().timeout),
                          "nothing", "raise elastic_beanstalk.timeout, then lastgood backup-capture");
    }
}

std::vector<TableDigest> RdsEngine::capture(const CaptureOrder& order) {
    const ManagedServer server = server_of(order.url);
    std::string id = order.begun_earlier;
    if (id.empty()) {
        std::string at = compact_time(now());
        std::transform(at.begin(), at.end(), at.begin(), [](unsigned char letter) { return std::tolower(letter); });
        id = rds_instance_of(m_point) + "-" + at;
        // Before it is made: whoever finds this program killed then knows what to look for.
        if (order.begun) order.begun(id);
    }
    if (!m_aws.snapshot(id)) m_aws.create_snapshot(server.name, id);
    await_snapshot(id);
    order.target.put(k_origin, Json{{"snapshot", id}, {"instance", server.name}}.dump());
    return {};
}

RdsEngine::Origin RdsEngine::origin(PointReader& objects) {
    const Json json = Json::parse(objects.get(k_origin), nullptr, false);
    if (json.is_object()) return {json.value("snapshot", ""), json.value("instance", "")};
    throw Failure(ExitCode::failed_clean, "the restore point does not say which snapshot it is", "nothing",
                  "lastgood backups list   shows the others");
}

void RdsEngine::list(PointReader& objects) {
    const std::string id = origin(objects).snapshot;
    const auto snapshot = m_aws.snapshot(id);
    if (snapshot && snapshot->status == "available") return;
    throw Failure(ExitCode::failed_clean, "RDS does not have snapshot " + id + " any more", "nothing",
                  "lastgood backups list   shows the others; lastgood backup-capture takes a new one");
}

std::optional<ManagedServer> RdsEngine::aside(const std::string& restore_point) {
    const auto instance = m_aws.instance(rds_instance_of(restore_point));
    if (!instance || instance->status != "available") return std::nullopt;
    return ManagedServer{instance->id, instance->host, instance->port};
}

ManagedServer RdsEngine::restore_aside(PointReader& objects, const std::string& restore_point) {
    const std::string name = rds_instance_of(restore_point);
    auto instance = m_aws.instance(name);
    if (!instance) {
        const Origin from = origin(objects);
        const auto like = m_aws.instance(from.instance);
        if (!like)
            throw Failure(
                ExitCode::refused,
                "instance " + from.instance + " is gone, so that nobody can tell the network of a new one", "nothing",
                typed_aws(m_aws.settings(), {"rds", "restore-db-instance-from-db-snapshot", "--db-instance-identifier",
                                             name, "--db-snapshot-identifier", from.snapshot}) +
                    "   with the network of the application");
        m_aws.restore_instance(from.snapshot, name, *like);
        m_context.console.info("RDS restores " + from.snapshot + " as instance " + name);
    }
    Waiting waiting = this->waiting();
    while (true) {
        instance = m_aws.instance(name);
        if (instance && instance->status == "available" && !instance->host.empty())
            return {name, instance->host, instance->port};
        const std::string status = instance ? instance->status : "not there yet";
        const bool broken = status.find("incompatible") != std::string::npos || status == "failed";
        // One that never becomes available is of no use to anybody, and costs.
        if (broken) m_aws.delete_instance(name);
        if (broken || !waiting.again("instance " + name + " (" + status + ")"))
            throw Failure(ExitCode::failed_clean, "instance " + name + " is " + status + ", not available", "nothing",
                          "aws rds describe-events --source-type db-instance --source-identifier " + name);
    }
}

void RdsEngine::drop_aside(const std::string& restore_point) {
    const std::string name = rds_instance_of(restore_point);
    if (m_aws.instance(name)) m_aws.delete_instance(name);
}

std::string RdsEngine::restore_aside_command(PointReader& objects, const std::string& restore_point) {
    if (objects.locked()) return "";
    const Origin from = origin(objects);
    const auto of_the_old = [&](const char* what) {
        return typed_aws(m_aws.settings(), {"rds", "describe-db-instances", "--db-instance-identifier", from.instance,
                                            "--output", "text", "--query", std::string("DBInstances[0].") + what});
    };
    const std::vector<std::array<const char*, 3>> network{
        {"subnets", "DBSubnetGroup.DBSubnetGroupName", "--db-subnet-group-name"},
        {"groups", "VpcSecurityGroups[].VpcSecurityGroupId", "--vpc-security-group-ids"},
        {"parameters", "DBParameterGroups[0].DBParameterGroupName", "--db-parameter-group-name"}};
    std::string reading;
    std::string given;
    for (const auto& [variable, what, option] : network) {
        const std::string value = std::string("$") + variable;
        reading += variable + std::string("=$(") + of_the_old(what) + ") &&\n";
        // Of what there is none, "None" is said. A list is words, which bash takes apart.
        given += std::string(given.empty() ? "" : " ") + "$(case \"" + value + "\" in ''|None) ;; *) echo " + option +
                 " " + value + " ;; esac)";
    }
    return reading + typed_aws(m_aws.settings(),
                               {"rds", "restore-db-instance-from-db-snapshot", "--db-instance-identifier",
                                rds_instance_of(restore_point), "--db-snapshot-identifier", from.snapshot},
                               given);
}

}  // namespace

std::unique_ptr<InstanceEngine> make_rds_engine(const EngineContext& context) {
    return std::make_unique<RdsEngine>(context);
}

}  // namespace lastgood
