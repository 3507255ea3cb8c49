// Where the application runs, and when it may be released.
#include "pipeline/complaint.hpp"
#include "pipeline/sections.hpp"

#include <algorithm>
#include <array>
#include <regex>

namespace lastgood {
namespace {

void read_heroku(const SectionReader& section, HerokuSettings& settings) {
    settings.app = section.text("app");
    settings.database = section.text("database");
    settings.git = section.has("git") ? section.text("git") : "https://git.heroku.com/" + settings.app + ".git";
    settings.branch = section.text("branch");
    settings.program = section.list("program");
    settings.timeout = section.duration("timeout");
    settings.poll = section.duration("poll");
}

void read_beanstalk(const SectionReader& section, BeanstalkSettings& settings) {
    settings.application = section.text("application");
    settings.environment = section.text("environment");
    settings.workers = section.list("workers");
    if (section.has("bucket")) settings.bucket = section.text("bucket");
    if (section.has("prefix")) settings.prefix = section.text("prefix");
    if (section.has("instance")) settings.instance = section.text("instance");
    if (section.has("region")) settings.region = section.text("region");
    if (section.has("endpoint")) settings.endpoint = section.text("endpoint");
    settings.program = section.list("program");
    settings.timeout = section.duration("timeout");
    settings.poll = section.duration("poll");
    const SectionReader variables = section.section("variables");
    settings.variables = {variables.text("name"), variables.text("user"), variables.text("password"),
                          variables.text("host"), variables.text("port")};
}

/// The section of the platform that is named, and of no other.
void require_sections(const SectionReader& root, const Pipeline& pipeline) {
    for (const std::string name : {"heroku", "elastic_beanstalk"}) {
        if (pipeline.platform == name && !root.has(name))
            root.refuse("platform", "platform: " + name + " wants the section " + name,
                        name == "heroku" ? "add heroku: { app: NAME }"
                                         : "add elastic_beanstalk: { application: NAME, environment: NAME }");
        if (pipeline.platform != name && root.has(name))
            root.refuse(name, name + ": means nothing to platform " + pipeline.platform,
                        "write platform: " + name + ", or remove it");
    }
}

int minutes_of(const std::string& hours, const std::string& minutes) {
    return std::stoi(hours) * 60 + std::stoi(minutes);
}

}  // namespace

void read_platform(const SectionReader& root, Pipeline& pipeline) {
    pipeline.platform = root.text("platform");
    require_sections(root, pipeline);
    if (root.has("heroku")) read_heroku(root.section("heroku"), pipeline.heroku.emplace());
    if (root.has("elastic_beanstalk")) read_beanstalk(root.section("elastic_beanstalk"), pipeline.beanstalk.emplace());
    if (root.has("deploy")) pipeline.deploy = read_deploy(root.section("deploy"));
    if (pipeline.deploy && pipeline.deploy->run.empty() && pipeline.platform == "plain")
        root.refuse("deploy", "deploy wants run: what puts a revision into service on a plain server",
                    "add run: [./deploy.sh] to deploy");
}

ReleaseWindow read_release_window(const SectionReader& section) {
    static const std::array<std::string, 7> names{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    static const std::regex pattern("([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]):([0-5][0-9])");
    ReleaseWindow window;
    for (const auto& day : section.list("days")) {
        const auto found = std::find(names.begin(), names.end(), day);
        if (found == names.end())
            section.refuse("days", "days wants mon, tue, wed, thu, fri, sat or sun, not " + in_quotes(day),
                           "write for example days: [sat, sun]");
        window.days.push_back(static_cast<int>(found - names.begin()) + 1);
    }
    const std::string hours = section.text("hours");
    std::smatch parts;
    if (!std::regex_match(hours, parts, pattern))
        section.refuse("hours", "hours wants from and to, such as 22:00-05:00, not " + in_quotes(hours),
                       "write for example hours: 22:00-05:00");
    window.begin = minutes_of(parts[1], parts[2]);
    window.end = minutes_of(parts[3], parts[4]);
    if (window.begin == window.end)
        section.refuse("hours", "hours names no time between from and to", "write for example hours: 22:00-05:00");
    window.zone = section.text("zone");
    return window;
}

}  // namespace lastgood
