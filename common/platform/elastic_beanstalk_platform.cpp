#include "platform/elastic_beanstalk_platform.hpp"

#include "core/failure.hpp"
#include "core/quantity.hpp"
#include "git/repository.hpp"
#include "outside/clock.hpp"
#include "outside/console.hpp"
#include "outside/files.hpp"
#include "outside/interruption.hpp"
#include "outside/process.hpp"
#include "outside/redaction.hpp"
#include "pipeline/pipeline.hpp"
#include "platform/aws.hpp"
#include "platform/procfile.hpp"
#include "platform/waiting.hpp"

#include <algorithm>
#include <set>

#include <nlohmann/json.hpp>

namespace lastgood {

namespace {

using Json = nlohmann::json;

constexpr const char* k_properties = "aws:elasticbeanstalk:application:environment";
constexpr const char* k_group = "aws:autoscaling:asg";
/// Health lags behind: how long a Ready environment may take to be Green.
constexpr std::chrono::minutes k_health_limit{5};

std::string label_of(const Revision& revision) {
    return "lastgood-" + revision.commit.substr(0, 12);
}

/// The events that say why, oldest first.
std::vector<std::string> troubles_in(std::vector<BeanstalkEvent> events) {
    std::vector<std::string> lines;
    for (auto event = events.rbegin(); event != events.rend(); ++event)
        if (event->severity == "WARN" || event->severity == "ERROR" || event->severity == "FATAL")
            lines.push_back(event->severity + " " + event->message);
    return lines;
}

/// Of a deployment that failed the events speak of aborting too.
bool was_aborted(const std::vector<BeanstalkEvent>& events) {
    return std::any_of(events.begin(), events.end(), [](const BeanstalkEvent& event) {
        return event.message.find("update is aborting") != std::string::npos ||
               event.message.find("update was aborted") != std::string::npos;
    });
}

class ElasticBeanstalkPlatform : public Platform {
  public:
    explicit ElasticBeanstalkPlatform(const PlatformContext& context) : m_context(context), m_aws(context) {}

    std::string name() const override { return "elastic_beanstalk"; }
    std::vector<PlatformRemark> look() override;
    std::string migrates_on_deploy(const std::filesystem::path& tree) const override;
    Secret database_url() override;
    std::string serving() override { return m_aws.environment(settings().environment).version; }
    std::string deploy(const Repository& repository, const Revision& revision) override;
    std::string return_to(const std::string& served, const Repository& repository, const Revision& revision) override;
    Json traffic() override;
    void hold(const Json& traffic) override;
    bool is_held(const Json& traffic) override;
    void let_in(const Json& traffic) override;
    bool holds_everything() const override { return false; }
    void send_there(Command& /*command*/) const override {}
    bool is_lost(const ProcessResult& /*result*/) const override { return false; }
    bool can_repoint() const override { return true; }
    DatabaseAddress database_address() override;
    bool deploys_only_what_is_well() const override { return true; }
    void prepare_repoint(const std::string& served, const Repository& repository, const Revision& revision) override;
    void repoint(const DatabaseAddress& to, const std::string& served, const Repository& repository,
                 const Revision& revision) override;

  private:
    using Options = std::map<BeanstalkOption, std::string>;
    const BeanstalkSettings& settings() const { return m_aws.settings(); }
    std::string prepare_version(const Repository& repository, const Revision& revision);
    std::filesystem::path bundle(const Repository& repository, const Revision& revision,
                                 const std::filesystem::path& directory) const;
    std::string label_for(const std::string& served, const Repository& repository, const Revision& revision);
    BeanstalkState await_ready(const std::string& environment, const std::string& what, ExitCode otherwise,
                               const std::string& changed);
    BeanstalkState await_others(const std::string& environment);
    BeanstalkState await_update(const std::string& environment, const std::string& what);
    bool has(const std::string& environment, const Options& options);
    void require_options(const std::string& environment, const Options& options);
    void start_update(const std::string& environment, const std::string& version, const Options& options);
    void put(const std::string& version, const Options& options);
    void put_on_worker(const std::string& worker, const std::string& version, const Options& options);
    void require_served(const std::string& version, const std::string& before, const std::string& since);
    std::vector<std::string> strays(const std::string& version);
    void require_unmixed(const std::string& version);
    void scale(const std::string& worker, const std::string& smallest, const std::string& largest);
    Waiting waiting(std::chrono::milliseconds limit) const {
        return {limit, settings().poll, m_context.console, m_context.interruption};
    }
    std::string see_events() const {
        return "aws elasticbeanstalk describe-events --environment-name " + settings().environment;
    }

    PlatformContext m_context;
    Aws m_aws;
};

std::vector<PlatformRemark> ElasticBeanstalkPlatform::look() {
    std::vector<PlatformRemark> remarks;
    const BeanstalkState state = m_aws.environment(settings().environment);
    remarks.push_back({false,
                       "environment " + settings().environment + " as " + m_aws.account() + ": " + state.status + ", " +
                           state.health + ", serving " + state.version,
                       ""});
    if (!state.ready())
        remarks.push_back({true, "environment " + settings().environment + " is " + state.status + ", not Ready",
                           see_events() + "   shows what it is at"});
    if (state.health == "Red")
        remarks.push_back({true, "environment " + settings().environment + " is Red before anything is changed",
                           see_events() + "   shows why"});
    for (const auto& worker : settings().workers) {
        const BeanstalkState found = m_aws.environment(worker);
        remarks.push_back({false, "worker environment " + worker + ": " + found.status + ", " + found.health, ""});
    }
    std::set<std::string> versions;
    for (const auto& instance : m_aws.instances(settings().environment)) versions.insert(instance.version);
    if (versions.size() > 1)
        remarks.push_back({true, "the instances of " + settings().environment + " do not all run the same version",
                           "aws elasticbeanstalk describe-instances-health --attribute-names All --environment-name " +
                               settings().environment});
    return remarks;
}

std::string ElasticBeanstalkPlatform::migrates_on_deploy(const std::filesystem::path& tree) const {
    namespace fs = std::filesystem;
    for (const char* folder : {".ebextensions", ".platform/hooks", ".platform/confighooks"}) {
        if (!fs::is_directory(tree / folder)) continue;
        std::vector<fs::path> files;
        for (const auto& entry : fs::recursive_directory_iterator(tree / folder))
            if (entry.is_regular_file() && entry.file_size() < 1UL << 20U) files.push_back(entry.path());
        std::sort(files.begin(), files.end());
        for (const auto& file : files) {
            std::string text = read_file(file);
            // What is commented out does not run.
            std::string seen;
            std::istringstream lines(text);
            for (std::string line; std::getline(lines, line);)
                if (const auto first = line.find_first_not_of(" \t"); first != std::string::npos && line[first] != '#')
                    seen += line + "\n";
            if (seems_to_migrate(seen)) return fs::relative(file, tree).string();
        }
    }
    return "";
}

DatabaseAddress ElasticBeanstalkPlatform::database_address() {
    const auto options = m_aws.options(settings().environment);
    const DatabaseVariables& names = settings().variables;
    const auto property = [&](const std::string& property_name) {
        const auto found = options.find({k_properties, property_name});
        return found == options.end() ? std::string() : found->second;
    };
    DatabaseAddress address{property(names.name), property(names.host), property(names.port), property(names.user),
                            Secret(property(names.password))};
    m_context.redaction.add(address.password.reveal());
    if (address.port.empty()) address.port = "5432";
    for (const auto& [value, variable] :
         {std::pair{address.name, names.name}, {address.host, names.host}, {address.user, names.user}})
        if (value.empty())
            throw Failure(ExitCode::refused, "environment " + settings().environment + " has no property " + variable,
                          "nothing", "name its properties in elastic_beanstalk.variables, or give database.url");
    return address;
}

Secret ElasticBeanstalkPlatform::database_url() {
    const DatabaseAddress address = database_address();
    const std::string password = address.password.empty() ? "" : ":" + percent_encode(address.password.reveal());
    return Secret("postgres://" + percent_encode(address.user) + password + "@" + address.host + ":" + address.port +
                  "/" + percent_encode(address.name));
}

/// As it was committed: what git archive makes of the revision, as Elastic Beanstalk's own tool does.
std::filesystem::path ElasticBeanstalkPlatform::bundle(const Repository& repository, const Revision& revision,
                                                       const std::filesystem::path& directory) const {
    const auto file = directory / "bundle.zip";
    Command command;
    command.argv = {"git", "archive", "--format=zip", "--output=" + file.string(), revision.commit};
    command.directory = repository.work_tree();
    const ProcessResult result = m_context.processes.run(command);
    if (result.ok()) return file;
    throw Failure(ExitCode::failed_clean,
                  "git cannot make a bundle of " + revision.commit.substr(0, 12) + ": " + result.tail(1), "nothing",
                  "git fetch --unshallow   where the clone does not have it; then run this again");
}

/// What was uploaded once is not uploaded again.
std::string ElasticBeanstalkPlatform::prepare_version(const Repository& repository, const Revision& revision) {
    const std::string label = label_of(revision);
    std::string status = m_aws.version_status(label);
    if (status.empty()) {
        const TemporaryDirectory scratch("lastgood-bundle-");
        const std::string key = settings().prefix + settings().application + "/" + label + ".zip";
        m_context.console.info("uploading " + label);
        m_aws.upload(bundle(repository, revision, scratch.path()), key);
        try {
            m_aws.create_version(label, key, "commit " + revision.commit);
            status = m_aws.version_status(label);
        } catch (const Failure&) {
            // As in start_update().
            status = m_aws.version_status(label);
            if (status.empty()) throw;
        }
    }
    Waiting waiting = this->waiting(settings().timeout);
    for (; status != "PROCESSED" && status != "UNPROCESSED"; status = m_aws.version_status(label)) {
        if (status == "FAILED" || !waiting.again("application version " + label + " (" + status + ")"))
            throw Failure(ExitCode::failed_clean, "AWS did not take application version " + label + ": " + status,
                          "nothing", see_events() + "   shows why");
    }
    return label;
}

BeanstalkState ElasticBeanstalkPlatform::await_ready(const std::string& environment, const std::string& what,
                                                     ExitCode otherwise, const std::string& changed) {
    Waiting waiting = this->waiting(settings().timeout);
    while (true) {
        const BeanstalkState state = m_aws.environment(environment);
        if (state.ready()) return state;
        if (state.status == "Terminating" || state.status == "Terminated")
            throw Failure(ExitCode::refused, "environment " + environment + " is " + state.status, "nothing by us",
                          "aws elasticbeanstalk describe-events --environment-name " + environment);
        if (waiting.again(what + " (" + environment + " is " + state.status + ")")) continue;
        throw Failure(otherwise,
                      what + ": environment " + environment + " is " + state.status + " after " +
                          say_duration(settings().timeout),
                      changed,
                      "aws elasticbeanstalk abort-environment-update --environment-name " + environment +
                          "   ends it; then lastgood rollback");
    }
}

BeanstalkState ElasticBeanstalkPlatform::await_others(const std::string& environment) {
    return await_ready(environment, "an update that was under way already", ExitCode::failed_clean,
                       "nothing by us; that update goes on");
}

BeanstalkState ElasticBeanstalkPlatform::await_update(const std::string& environment, const std::string& what) {
    return await_ready(environment, what, ExitCode::in_doubt, "unknown: it goes on");
}

/// Rolling updates leave some behind where a batch fails and nobody says so.
std::vector<std::string> ElasticBeanstalkPlatform::strays(const std::string& version) {
    std::vector<std::string> others;
    for (const auto& instance : m_aws.instances(settings().environment))
        if (!instance.version.empty() && instance.version != version)
            others.push_back(instance.id + " runs " + instance.version);
    return others;
}

void ElasticBeanstalkPlatform::require_unmixed(const std::string& version) {
    const auto others = strays(version);
    if (others.empty()) return;
    throw Failure(
        ExitCode::failed_changed,
        "not every instance of " + settings().environment + " runs " + version + ", though it says it is ready",
        "mixed: old and new instances serve side by side", see_events() + "   shows why; then lastgood rollback")
        .with_detail(others);
}

/// Three ways to fail: AWS took it back by itself, the deployment failed, or what is deployed is sick.
void ElasticBeanstalkPlatform::require_served(const std::string& version, const std::string& before,
                                              const std::string& since) {
    const std::string& environment = settings().environment;
    BeanstalkState state = await_update(environment, "the update to " + version);
    const auto why = [&] { return troubles_in(m_aws.events(environment, since)); };
    if (state.version != version) {
        const auto events = m_aws.events(environment, since);
        const bool aborted = was_aborted(events);
        bool mixed = false;
        for (const auto& instance : m_aws.instances(environment))
            mixed = mixed || (!instance.version.empty() && instance.version != before);
        throw Failure(
            mixed ? ExitCode::failed_changed : ExitCode::failed_clean,
            aborted ? "the update to " + version + " was aborted, not by us"
                    : "the deployment of " + version + " failed",
            mixed ? "mixed: some instances run " + version : "nothing of it is served; " + state.version + " is",
            see_events() + "   shows why" + (mixed ? "; then lastgood rollback" : ""))
            .with_detail(troubles_in(events));
    }
    Waiting waiting = this->waiting(std::min<std::chrono::milliseconds>(settings().timeout, k_health_limit));
    while (state.health != "Green") {
        if (state.health == "Red" || !waiting.again(environment + " to be Green (it is " + state.health + ")"))
            throw Failure(ExitCode::failed_changed,
                          "environment " + environment + " is " + state.health + " with " + version,
                          version + " is deployed, and sick", see_events() + "   shows why; then lastgood rollback")
                .with_detail(why());
        state = m_aws.environment(environment);
    }
    require_unmixed(version);
}

bool ElasticBeanstalkPlatform::has(const std::string& environment, const Options& options) {
    if (options.empty()) return true;
    const Options deployed = m_aws.options(environment);
    return std::all_of(options.begin(), options.end(), [&](const auto& option) {
        const auto found = deployed.find(option.first);
        return found != deployed.end() && found->second == option.second;
    });
}

/// Where an answer was lost AWS's CLI asks again by itself, and is refused because of its first try.
void ElasticBeanstalkPlatform::start_update(const std::string& environment, const std::string& version,
                                            const Options& options) {
    try {
        m_aws.update(environment, version, options);
    } catch (const Failure& failure) {
        const bool may_be_taken = failure.code() == ExitCode::in_doubt ||
                                  failure.what_happened().find("in an invalid state") != std::string::npos;
        if (!may_be_taken) throw;
        const BeanstalkState state = m_aws.environment(environment);
        const bool done = (version.empty() || state.version == version) && has(environment, options);
        if (state.ready() && !done) throw;
        m_context.console.info("AWS has begun to update " + environment + ", though it did not say so");
    }
}

/// A change of settings runs what the version does at a deployment too: version and settings go together.
void ElasticBeanstalkPlatform::put(const std::string& version, const Options& options) {
    const std::string& environment = settings().environment;
    const BeanstalkState before = await_others(environment);
    // An earlier program of this run may have come so far.
    const bool there =
        before.version == version && before.health == "Green" && strays(version).empty() && has(environment, options);
    if (!there) {
        const std::string since = say_time(now());
        start_update(environment, version, options);
        require_served(version, before.version, since);
        require_options(environment, options);
    }
    // Last: they turn nobody away, and where the version fails they still have the old one.
    for (const auto& worker : settings().workers) put_on_worker(worker, version, options);
}

void ElasticBeanstalkPlatform::require_options(const std::string& environment, const Options& options) {
    if (has(environment, options)) return;
    throw Failure(ExitCode::failed_changed, "environment " + environment + " did not take its new properties",
                  "the old ones are in force",
                  "aws elasticbeanstalk describe-events --environment-name " + environment +
                      "   shows why; then lastgood rollback");
}

void ElasticBeanstalkPlatform::put_on_worker(const std::string& worker, const std::string& version,
                                             const Options& options) {
    try {
        const BeanstalkState before = await_others(worker);
        if (before.version == version && has(worker, options)) return;
        start_update(worker, version, options);
        if (await_update(worker, "the update of its workers").version != version)
            throw Failure(ExitCode::failed_changed,
                          "the deployment of " + version + " to worker environment " + worker + " failed", "nothing",
                          "aws elasticbeanstalk describe-events --environment-name " + worker +
                              "   shows why; then lastgood rollback");
        require_options(worker, options);
    } catch (Failure& failure) {
        if (failure.code() != ExitCode::in_doubt) failure.with_code(ExitCode::failed_changed);
        failure.with_changed(settings().environment + " serves " + version + "; " + worker + " does not run it");
        throw;
    }
}

std::string ElasticBeanstalkPlatform::deploy(const Repository& repository, const Revision& revision) {
    const std::string label = prepare_version(repository, revision);
    m_context.console.info("deploying " + label + " to " + settings().environment);
    put(label, {});
    return label;
}

/// By the label that served it, if AWS still has that.
std::string ElasticBeanstalkPlatform::label_for(const std::string& served, const Repository& repository,
                                                const Revision& revision) {
    const bool known = !served.empty() && !m_aws.version_status(served).empty();
    return known ? served : prepare_version(repository, revision);
}

std::string ElasticBeanstalkPlatform::return_to(const std::string& served, const Repository& repository,
                                                const Revision& revision) {
    const std::string label = label_for(served, repository, revision);
    put(label, {});
    return label;
}

Json ElasticBeanstalkPlatform::traffic() {
    Json workers = Json::object();
    for (const auto& worker : settings().workers) {
        const auto options = m_aws.options(worker);
        const auto size = [&](const char* option) {
            const auto found = options.find({k_group, option});
            return found == options.end() ? std::string("1") : found->second;
        };
        workers[worker] = {{"MinSize", size("MinSize")}, {"MaxSize", size("MaxSize")}};
    }
    return {{"workers", workers}};
}

void ElasticBeanstalkPlatform::scale(const std::string& worker, const std::string& smallest,
                                     const std::string& largest) {
    await_others(worker);
    start_update(worker, "", {{{k_group, "MinSize"}, smallest}, {{k_group, "MaxSize"}, largest}});
}

void ElasticBeanstalkPlatform::hold(const Json& traffic) {
    for (const auto& [worker, size] : traffic.at("workers").items())
        if (size.at("MaxSize") != "0") scale(worker, "0", "0");
    for (const auto& [worker, size] : traffic.at("workers").items()) {
        Waiting waiting = this->waiting(settings().timeout);
        while (!m_aws.instances(worker).empty() || !m_aws.environment(worker).ready())
            if (!waiting.again("the workers of " + worker + " to stop"))
                throw Failure(ExitCode::failed_clean, "instances of worker environment " + worker + " go on running",
                              "nothing", "aws elasticbeanstalk describe-instances-health --environment-name " + worker);
    }
}

bool ElasticBeanstalkPlatform::is_held(const Json& traffic) {
    for (const auto& [worker, size] : traffic.at("workers").items())
        if (!m_aws.instances(worker).empty()) return false;
    return true;
}

void ElasticBeanstalkPlatform::let_in(const Json& traffic) {
    for (const auto& [worker, size] : traffic.at("workers").items()) {
        const auto now = m_aws.options(worker);
        const auto largest = now.find({k_group, "MaxSize"});
        if (largest != now.end() && largest->second == size.at("MaxSize")) continue;
        scale(worker, size.at("MinSize"), size.at("MaxSize"));
    }
}

void ElasticBeanstalkPlatform::prepare_repoint(const std::string& served, const Repository& repository,
                                               const Revision& revision) {
    label_for(served, repository, revision);
    await_others(settings().environment);
}

void ElasticBeanstalkPlatform::repoint(const DatabaseAddress& to, const std::string& served,
                                       const Repository& repository, const Revision& revision) {
    const std::string version = label_for(served, repository, revision);
    const DatabaseVariables& names = settings().variables;
    m_context.console.info("pointing " + settings().environment + " at database " + to.name + " on " + to.host);
    put(version, {{{k_properties, names.name}, to.name},
                  {{k_properties, names.host}, to.host},
                  {{k_properties, names.user}, to.user},
                  {{k_properties, names.password}, to.password.reveal()}});
}

}  // namespace

std::unique_ptr<Platform> make_elastic_beanstalk_platform(const PlatformContext& context) {
    return std::make_unique<ElasticBeanstalkPlatform>(context);
}

}  // namespace lastgood
