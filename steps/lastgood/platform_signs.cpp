#include "steps/lastgood/platform_signs.hpp"

#include "platform/procfile.hpp"
#include "steps/lastgood/checkout.hpp"

#include <regex>
#include <sstream>

namespace lastgood {

namespace {

constexpr const char* k_eb_settings = ".elasticbeanstalk/config.yml";

/// A value of the eb program's own config.yml, which it writes in block style: `path` is the keys that lead to it.
std::string setting_of_eb(const std::string& text, const std::vector<std::string>& path) {
    static const std::regex line_of("( *)([^:#\\s][^:]*):[ \\t]*(.*?)[ \\t\\r]*");
    std::vector<std::pair<std::size_t, std::string>> open;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        std::smatch parts;
        if (!std::regex_match(line, parts, line_of)) continue;
        const auto indent = static_cast<std::size_t>(parts[1].length());
        while (!open.empty() && open.back().first >= indent) open.pop_back();
        open.emplace_back(indent, parts[2]);
        if (open.size() != path.size()) continue;
        bool same = true;
        for (std::size_t i = 0; i < path.size(); ++i) same = same && open[i].second == path[i];
        const std::string value = parts[3];
        if (same && !value.empty() && value != "null") return value;
    }
    return "";
}

std::string without_comments(const std::string& text) {
    std::string seen;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
        if (const auto first = line.find_first_not_of(" \t"); first != std::string::npos && line[first] != '#')
            seen += line + "\n";
    return seen;
}

/// The file of the deploy's own scripts that migrates.
std::string migrating_script(const Checkout& checkout) {
    for (const auto& path : checkout.files) {
        const bool is_script = path.starts_with(".ebextensions/") || path.starts_with(".platform/hooks/") ||
                               path.starts_with(".platform/confighooks/");
        if (is_script && seems_to_migrate(without_comments(checkout.read(path)))) return path;
    }
    return "";
}

}  // namespace

std::string app_of_heroku(const std::string& url) {
    static const std::regex pattern(
        "(?:https?://|ssh://)?(?:[^/@]*@)?(?:git\\.heroku\\.com/|heroku\\.com:)"
        "([A-Za-z0-9-]+?)(?:\\.git)?/?");
    std::smatch parts;
    return std::regex_match(url, parts, pattern) ? parts[1] : std::string();
}

std::optional<HerokuSigns> signs_of_heroku(const Checkout& checkout) {
    std::optional<HerokuSigns> found;
    for (const auto& [name, url] : checkout.remotes) {
        const std::string app = app_of_heroku(url);
        if (app.empty()) continue;
        if (!found || name == "heroku" || name == "production") found = HerokuSigns{{app, "remote " + name}, ""};
    }
    if (!found) return found;
    std::string phase = checkout.has("Procfile") ? release_phase_in(checkout.read("Procfile")) : "";
    if (seems_to_migrate(phase)) found->release_phase = std::move(phase);
    return found;
}

std::optional<BeanstalkSigns> signs_of_beanstalk(const Checkout& checkout, const std::string& branch) {
    const std::string settings = checkout.read(k_eb_settings);
    BeanstalkSigns signs;
    if (!settings.empty())
        signs.sign = k_eb_settings;
    else if (checkout.has_below(".ebextensions"))
        signs.sign = ".ebextensions";
    else
        return std::nullopt;
    signs.application = setting_of_eb(settings, {"global", "application_name"});
    signs.environment = setting_of_eb(settings, {"branch-defaults", branch, "environment"});
    signs.region = setting_of_eb(settings, {"global", "default_region"});
    signs.migrates = migrating_script(checkout);
    return signs;
}

}  // namespace lastgood
