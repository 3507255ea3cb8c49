#include "steps/lastgood/repository_facts.hpp"

#include "steps/lastgood/checkout.hpp"
#include "steps/lastgood/platform_signs.hpp"

#include <algorithm>
#include <cctype>

namespace lastgood {

namespace {

/// As a pipeline may be called.
std::string as_name(std::string text) {
    constexpr std::size_t k_longest = 64;
    for (char& c : text)
        if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '.' && c != '_' && c != '-') c = '-';
    text.erase(0, text.find_first_not_of(".-"));
    return text.substr(0, k_longest);
}

/// "https://host/group/shop.git", "git@host:group/shop.git", "/srv/shop.git" -> "shop".
std::string repository_of(std::string url) {
    while (url.ends_with('/')) url.pop_back();
    if (url.ends_with(".git")) url.resize(url.size() - 4);
    return url.substr(url.find_last_of("/:") + 1);
}

/// "origin", else the first that is no place to deploy to.
std::string remote_of(const Checkout& checkout) {
    if (checkout.remotes.contains("origin") && app_of_heroku(checkout.remotes.at("origin")).empty()) return "origin";
    for (const auto& [name, url] : checkout.remotes)
        if (app_of_heroku(url).empty()) return name;
    return "";
}

Told name_of(const Checkout& checkout, const std::string& remote) {
    if (!remote.empty()) {
        const std::string name = as_name(repository_of(checkout.remotes.at(remote)));
        if (!name.empty()) return {name, "remote " + remote};
    }
    const std::string name = as_name(checkout.directory);
    return name.empty() ? Told{"app", ""} : Told{name, "the directory's name"};
}

Told branch_of(const Checkout& checkout, const std::string& remote) {
    const auto told = checkout.default_branches.find(remote);
    if (told != checkout.default_branches.end()) return {told->second, "the default branch of " + remote};
    if (checkout.branch) return {*checkout.branch, "the branch checked out"};
    return {"main", ""};
}

/// Which file or remote shows that the code lives on a host called so.
std::string host_signs(const Checkout& checkout, const std::string& word, const std::string& path) {
    if (checkout.has(path) || checkout.has_below(path)) return path;
    for (const auto& [name, url] : checkout.remotes) {
        const auto host = url.substr(0, url.find('/', url.find("://") == std::string::npos ? 0 : url.find("://") + 3));
        if (host.find(word) != std::string::npos) return "remote " + name;
    }
    return "";
}

bool keeps_sessions(const Checkout& checkout) {
    return std::any_of(checkout.files.begin(), checkout.files.end(), [&](const std::string& path) {
        return path.ends_with(".py") && path.find("settings") != std::string::npos &&
               checkout.read(path).find("django.contrib.sessions") != std::string::npos;
    });
}

std::string virtual_environment(const Checkout& checkout) {
    for (const char* directory : {".venv", "venv"})
        if (!checkout.read(std::string(directory) + "/pyvenv.cfg").empty()) return directory;
    return "";
}

}  // namespace

RepositoryFacts facts_of(const Checkout& checkout) {
    RepositoryFacts facts;
    facts.remote = remote_of(checkout);
    facts.name = name_of(checkout, facts.remote);
    facts.branch = branch_of(checkout, facts.remote);
    facts.migrators = find_migrators(checkout);
    facts.heroku = signs_of_heroku(checkout);
    facts.beanstalk = signs_of_beanstalk(checkout, facts.branch.value);
    facts.github = host_signs(checkout, "github", ".github");
    facts.gitlab = host_signs(checkout, "gitlab", ".gitlab-ci.yml");
    facts.django_sessions = keeps_sessions(checkout);
    facts.local_python = virtual_environment(checkout);
    return facts;
}

}  // namespace lastgood
