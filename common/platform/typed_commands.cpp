#include "platform/typed_commands.hpp"

#include "outside/process.hpp"
#include "pipeline/pipeline.hpp"
#include "platform/platform.hpp"

#include <map>
#include <vector>

#include <nlohmann/json.hpp>

namespace lastgood {

namespace {

using Json = nlohmann::json;

std::string joined(const std::vector<std::string>& commands, const char* between) {
    std::string text;
    for (const auto& command : commands)
        if (!command.empty()) text += (text.empty() ? "" : between) + command;
    return text;
}

class HerokuCommands : public TypedCommands {
  public:
    explicit HerokuCommands(const HerokuSettings& settings) : m_settings(settings) {}

    std::string hold(const Json& traffic) const override {
        return joined({heroku({"maintenance:on"}), scale(traffic, false)}, " && ");
    }
    std::string let_in(const Json& traffic) const override {
        const bool was_on = traffic.is_object() && traffic.value("maintenance", false);
        const std::string text = joined({scale(traffic, true), was_on ? "" : heroku({"maintenance:off"})}, " && ");
        return text.empty() ? heroku({"ps"}) : text;
    }
    std::string return_to(const std::string& served, const Revision& revision) const override {
        if (!served.empty()) return heroku({"releases:rollback", served});
        return say_command(
            {"git", "push", "--force", m_settings.git, revision.commit + ":refs/heads/" + m_settings.branch});
    }
    std::string repoint(const DatabaseAddress& /*to*/, const std::string& /*served*/,
                        const Revision& /*revision*/) const override {
        return "";
    }

  private:
    std::string heroku(std::vector<std::string> words) const {
        words.insert(words.begin(), "heroku");
        words.insert(words.end(), {"--app", m_settings.app});
        return say_command(words);
    }
    std::string scale(const Json& traffic, bool up) const {
        if (!traffic.is_object() || !traffic.contains("formation")) return "";
        std::vector<std::string> words{"ps:scale"};
        for (const auto& [type, quantity] : traffic.at("formation").get<std::map<std::string, int>>())
            if (quantity > 0) words.push_back(type + "=" + std::to_string(up ? quantity : 0));
        return words.size() > 1 ? heroku(words) : "";
    }
    const HerokuSettings& m_settings;
};

class BeanstalkCommands : public TypedCommands {
  public:
    explicit BeanstalkCommands(const BeanstalkSettings& settings) : m_settings(settings) {}

    std::string hold(const Json& traffic) const override { return scale(traffic, false); }
    std::string let_in(const Json& traffic) const override { return scale(traffic, true); }
    std::string return_to(const std::string& served, const Revision& revision) const override {
        return everywhere(label(served, revision), Json::array());
    }
    std::string repoint(const DatabaseAddress& to, const std::string& served, const Revision& revision) const override {
        const DatabaseVariables& names = m_settings.variables;
        Json options = Json::array();
        for (const auto& [name, value] : {std::pair{names.name, to.name}, {names.host, to.host}, {names.user, to.user}})
            if (!value.empty())
                options.push_back({{"Namespace", "aws:elasticbeanstalk:application:environment"},
                                   {"OptionName", name},
                                   {"Value", value}});
        return everywhere(label(served, revision), options);
    }

  private:
    static std::string label(const std::string& served, const Revision& revision) {
        return served.empty() ? "lastgood-" + revision.commit.substr(0, 12) : served;
    }
    std::string update(const std::string& environment, const std::string& label, const Json& options) const {
        std::vector<std::string> words{"aws", "elasticbeanstalk", "update-environment"};
        std::vector<std::string> wait{"aws", "elasticbeanstalk", "wait", "environment-updated"};
        for (auto* command : {&words, &wait}) {
            if (!m_settings.region.empty()) command->insert(command->end(), {"--region", m_settings.region});
            if (!m_settings.endpoint.empty()) command->insert(command->end(), {"--endpoint-url", m_settings.endpoint});
        }
        words.insert(words.end(), {"--environment-name", environment});
        if (!label.empty()) words.insert(words.end(), {"--version-label", label});
        if (!options.empty()) words.insert(words.end(), {"--option-settings", options.dump()});
        wait.insert(wait.end(), {"--environment-names", environment});
        return say_command(words) + " > /dev/null &&\n" + say_command(wait);
    }
    std::string everywhere(const std::string& label, const Json& options) const {
        std::vector<std::string> commands{update(m_settings.environment, label, options)};
        for (const auto& worker : m_settings.workers) commands.push_back(update(worker, label, options));
        return joined(commands, " &&\n");
    }
    std::string scale(const Json& traffic, bool up) const {
        if (!traffic.is_object() || !traffic.contains("workers")) return "";
        std::vector<std::string> commands;
        for (const auto& [worker, size] : traffic.at("workers").items()) {
            Json options = Json::array();
            for (const char* option : {"MinSize", "MaxSize"})
                options.push_back({{"Namespace", "aws:autoscaling:asg"},
                                   {"OptionName", option},
                                   {"Value", up ? size.value(option, "1") : std::string("0")}});
            commands.push_back(update(worker, "", options));
        }
        return joined(commands, " &&\n");
    }
    const BeanstalkSettings& m_settings;
};

}  // namespace

std::string typed_aws(const BeanstalkSettings& settings, const std::vector<std::string>& words,
                      const std::string& more) {
    std::vector<std::string> command{"aws"};
    command.insert(command.end(), words.begin(), words.end());
    if (!settings.region.empty()) command.insert(command.end(), {"--region", settings.region});
    if (!settings.endpoint.empty()) command.insert(command.end(), {"--endpoint-url", settings.endpoint});
    return say_command(command) + (more.empty() ? "" : " " + more);
}

std::unique_ptr<TypedCommands> typed_commands(const Pipeline& pipeline) {
    if (pipeline.heroku) return std::make_unique<HerokuCommands>(*pipeline.heroku);
    if (pipeline.beanstalk) return std::make_unique<BeanstalkCommands>(*pipeline.beanstalk);
    return nullptr;
}

}  // namespace lastgood
