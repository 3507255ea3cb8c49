#include "platform/heroku.hpp"

#include "core/quantity.hpp"
#include "outside/console.hpp"
#include "outside/environment.hpp"
#include "outside/interruption.hpp"
#include "outside/redaction.hpp"
#include "pipeline/pipeline.hpp"
#include "platform/platform.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <regex>
#include <sstream>

#include <nlohmann/json.hpp>

namespace lastgood {

namespace {

using Json = nlohmann::json;

constexpr std::size_t k_longest_answer = 16UL << 20U;
constexpr std::chrono::milliseconds k_longest_question = std::chrono::minutes(2);
/// Between two tries of a question that got no answer, in heroku.poll.
constexpr std::array<int, 3> k_pauses{1, 2, 4};

bool says(const std::string& text, const char* words) {
    return text.find(words) != std::string::npos;
}

/// What may be otherwise at the next try: the line, the load, a limit of rate.
bool may_pass(const std::string& words) {
    static const std::regex pattern(
        "ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|EPIPE|ENOTFOUND|socket hang up|timed out|rate.?limit|Too Many "
        "Requests|"
        "HTTP Error 429|HTTP Error 5[0-9][0-9]|Internal Server Error|Bad Gateway|Service Unavailable|Gateway Time|"
        "Error ID: (internal_server_error|service_unavailable)|<html|<!DOCTYPE|Unexpected token",
        std::regex::icase);
    return std::regex_search(words, pattern);
}

/// What it says on standard error as one line: it wraps at 80 columns, behind a mark.
std::string words_of(const ProcessResult& result) {
    std::string text = result.err;
    for (const std::string mark : {"\u203a", "\u25b8"})
        for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark))
            text.replace(at, mark.size(), " ");
    std::istringstream words(text);
    std::string line;
    for (std::string word; words >> word;) line += (line.empty() ? "" : " ") + word;
    return line;
}

std::string error_line(const ProcessResult& result) {
    if (result.timed_out) return "no answer (" + result.say_end() + ")";
    const std::string words = words_of(result);
    const auto error = words.find("Error: ");
    std::string found = error == std::string::npos ? words : words.substr(error + 7);
    found = found.substr(0, found.find(" <"));  // a page of HTML
    return found.empty() ? result.say_end() : found.substr(0, 300);
}

/// Where something else than Heroku answers, its whole page is in the error.
ProcessResult without_page(ProcessResult result) {
    static const std::regex page("<(html|!DOCTYPE)", std::regex::icase);
    std::smatch found;
    if (std::regex_search(result.err, found, page)) result.err.resize(static_cast<std::size_t>(found.position()));
    return result;
}

}  // namespace

struct Heroku::Call {
    std::vector<std::string> arguments;
    bool only_asks = true;                 ///< so that it may be repeated
    bool secret = false;                   ///< its answer is one
    std::chrono::milliseconds timeout{0};  ///< 0: of a question
};

Heroku::Heroku(const HerokuSettings& settings, const PlatformContext& context)
    : m_settings(settings),
      m_processes(context.processes),
      m_console(context.console),
      m_environment(context.environment),
      m_interruption(context.interruption) {
    const auto key = m_environment.get("HEROKU_API_KEY");
    if (!key || key->empty())
        throw Failure(ExitCode::usage, "HEROKU_API_KEY is not set: Heroku does not know who we are", "nothing",
                      "heroku authorizations:create   makes a key; put it into HEROKU_API_KEY");
    context.redaction.add(*key);
}

/// The key goes through the environment only.
Command Heroku::command(std::vector<std::string> arguments) const {
    Command command;
    command.argv = m_settings.program;
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    command.argv.insert(command.argv.begin() + static_cast<long>(m_settings.program.size()) + 1,
                        {"--app", m_settings.app});
    command.environment = {{"HOME", m_home.path()},
                           {"GIT_CONFIG_GLOBAL", m_home.path() / "gitconfig"},
                           {"HEROKU_DISABLE_AUTOUPDATE", "1"},
                           {"HEROKU_SKIP_NEW_VERSION_CHECK", "1"},
                           {"DISABLE_TELEMETRY", "true"},
                           {"NO_COLOR", "1"},
                           {"TERM", "dumb"},
                           {"COLUMNS", "200"},
                           {"NODE_NO_WARNINGS", "1"}};
    command.without = {"XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "HEROKU_APP",
                       "DEBUG",          "HEROKU_DEBUG",    "FORCE_COLOR"};
    return command;
}

ProcessResult Heroku::run(const Call& call) {
    Command command = this->command(call.arguments);
    command.timeout = call.timeout.count() > 0 ? call.timeout : std::min(k_longest_question, m_settings.timeout);
    command.keep = KeptOutput::all(k_longest_answer);
    command.unredacted = call.secret;
    return m_processes.run(command);
}

std::string Heroku::answer(const Call& call) {
    for (const int polls : k_pauses) {
        const ProcessResult result = run(call);
        if (result.ok()) return result.out;
        if (!call.only_asks || !(result.timed_out || may_pass(words_of(result)))) throw failed(call, result);
        const auto pause = polls * m_settings.poll;
        m_console.info("heroku " + call.arguments.front() + ": " + error_line(result) + "; again in " +
                       say_duration(pause));
        m_interruption.wait(pause);
    }
    const ProcessResult result = run(call);
    if (!result.ok()) throw failed(call, result);
    return result.out;
}

Failure Heroku::failed(const Call& call, const ProcessResult& result) const {
    const std::string said = error_line(result);
    const std::string words = words_of(result);
    const std::string changed = call.only_asks ? "nothing" : "unknown: what Heroku did before it failed";
    if (says(words, "HEROKU_API_KEY is invalid") || says(words, "Invalid credentials") || says(words, "unauthorized"))
        return {ExitCode::refused, "Heroku does not accept HEROKU_API_KEY", "nothing",
                "heroku authorizations:create   makes a new key; put it into HEROKU_API_KEY"};
    if (says(words, "Error ID: forbidden") || says(words, "do not have access"))
        return {ExitCode::refused, "Heroku refuses heroku " + call.arguments.front() + " to this key: " + said,
                "nothing", "heroku access --app " + m_settings.app + "   lists who may do what"};
    if (says(words, "find that app"))
        return {ExitCode::refused, "Heroku has no app \"" + m_settings.app + "\", or does not show it to this key",
                "nothing", "heroku apps   lists those of the key; correct heroku.app"};
    // Not what would show a secret to whoever looks over a shoulder.
    const std::string asked = call.secret ? "apps:info" : say_command(call.arguments);
    return Failure(call.only_asks ? ExitCode::failed_clean : ExitCode::failed_changed,
                   "heroku " + call.arguments.front() + " failed: " + said, changed,
                   "heroku " + asked + " --app " + m_settings.app + "   says the same")
        .with_detail(without_page(result).tail());
}

std::string Heroku::account() {
    // The one command that knows of no app.
    Command command = this->command({"auth:whoami"});
    std::erase(command.argv, "--app");
    std::erase(command.argv, m_settings.app);
    command.timeout = std::min(k_longest_question, m_settings.timeout);
    command.keep = KeptOutput::all(k_longest_answer);
    const ProcessResult result = m_processes.run(command);
    if (!result.ok()) throw failed({{"auth:whoami"}}, result);
    std::string name = result.out.substr(0, result.out.find('\n'));
    return name;
}

Heroku::Activity Heroku::activity() {
    const Json json = Json::parse(answer({{"apps:info", "--json"}}), nullptr, false);
    if (!json.is_object() || !json.contains("app") || !json.contains("dynos"))
        throw Failure(ExitCode::failed_clean, "heroku apps:info answered with something else than an app", "nothing",
                      "heroku apps:info --json --app " + m_settings.app);
    Activity activity;
    activity.maintenance = json["app"].value("maintenance", false);
    for (const auto& each : json["dynos"])
        activity.dynos.push_back({each.value("name", ""), each.value("type", ""), each.value("state", "")});
    return activity;
}

void Heroku::set_maintenance(bool on) {
    answer({{on ? "maintenance:on" : "maintenance:off"}});
}

std::map<std::string, int> Heroku::formation() {
    std::map<std::string, int> formation;
    std::string said;
    try {
        said = answer({{"ps:scale"}});
    } catch (const Failure& failure) {
        // An app that nothing was ever deployed to.
        if (!says(failure.what_happened(), "No process types")) throw;
    }
    std::istringstream words(said);
    for (std::string word; words >> word;) {
        const auto equals = word.find('=');
        if (equals == std::string::npos || equals == 0) continue;
        formation[word.substr(0, equals)] = std::atoi(word.c_str() + equals + 1);
    }
    return formation;
}

void Heroku::scale(const std::map<std::string, int>& formation) {
    if (formation.empty()) return;
    std::vector<std::string> arguments{"ps:scale"};
    for (const auto& [type, quantity] : formation) arguments.push_back(type + "=" + std::to_string(quantity));
    answer({arguments});
}

std::vector<HerokuRelease> Heroku::releases() {
    std::vector<HerokuRelease> releases;
    const Json json = Json::parse(answer({{"releases", "--json", "--num", "50"}}), nullptr, false);
    if (!json.is_array())
        throw Failure(ExitCode::failed_clean, "heroku releases answered with something else than releases", "nothing",
                      "heroku releases --json --app " + m_settings.app);
    for (const auto& each : json)
        releases.push_back({each.value("version", 0), each.value("status", ""), each.value("description", ""),
                            each.value("current", false), each.contains("slug") && each["slug"].is_object()});
    std::sort(releases.begin(), releases.end(), [](const auto& a, const auto& b) { return a.version > b.version; });
    return releases;
}

void Heroku::retry_release() {
    answer({{"releases:retry"}, false, false, m_settings.timeout});
}

void Heroku::stop(const HerokuDyno& dyno) {
    answer({{"ps:stop", "--dyno-name", dyno.name}});
}

void Heroku::roll_back(int version) {
    answer({{"releases:rollback", "v" + std::to_string(version)}, false, false, m_settings.timeout});
}

Secret Heroku::config(const std::string& name) {
    Call call{{"config:get", name}};
    call.secret = true;
    std::string value = answer(call);
    while (!value.empty() && (value.back() == '\n' || value.back() == '\r')) value.pop_back();
    return Secret(value);
}

/// "b001  2026-11-26 20:00:00 +0000  Completed 2026-11-26 20:00:04 +0000  426.75KB  DATABASE", whatever frames it.
std::vector<HerokuTransfer> Heroku::transfers(char kind) {
    static const std::regex row(
        "(?:^|[\\s|\u2502])([abcro][0-9]{3,})\\b.*?\\b(Completed|Failed|Running|Pending|Canceled|"
        "Finished with [0-9]+ warnings)");
    std::vector<HerokuTransfer> transfers;
    std::istringstream lines(answer({{"pg:backups"}}));
    for (std::string line; std::getline(lines, line);) {
        std::smatch parts;
        if (!std::regex_search(line, parts, row)) continue;
        const std::string name = parts[1];
        const bool is_backup = name[0] == 'a' || name[0] == 'b' || name[0] == 'o';
        if ((kind == 'r') == (name[0] == 'r') && (kind == 'r' || is_backup)) transfers.push_back({name, parts[2]});
    }
    return transfers;
}

std::vector<HerokuTransfer> Heroku::backups() {
    return transfers('b');
}

std::vector<HerokuTransfer> Heroku::restores() {
    return transfers('r');
}

HerokuTransfer Heroku::backup(const std::string& name) {
    for (auto& transfer : transfers(name.starts_with("r") ? 'r' : 'b'))
        if (transfer.name == name) return transfer;
    return {name, "Failed"};
}

void Heroku::capture() {
    const Call call{
        {"pg:backups:capture", m_settings.database, "--wait-interval", "3"}, false, false, m_settings.timeout};
    const ProcessResult result = run(call);
    // It may not even have begun; that it ended with 0 says nothing.
    if (!result.ok() && !says(result.err, "Backing up")) {
        Failure failure = failed(call, result);
        if (failure.code() == ExitCode::failed_changed)
            failure.with_code(ExitCode::failed_clean).with_changed("nothing");
        throw failure;
    }
}

void Heroku::download(const std::string& name, const std::filesystem::path& file) {
    answer({{"pg:backups:download", name, "--output", file.string()}, true, false, m_settings.timeout});
}

void Heroku::restore(const std::string& name) {
    answer({{"pg:backups:restore", name, m_settings.database, "--confirm", m_settings.app},
            false,
            false,
            m_settings.timeout});
}

std::string Heroku::restore_command(const std::string& name) const {
    const std::string app = " --app " + m_settings.app + " --confirm " + m_settings.app;
    return "heroku pg:reset " + m_settings.database + app + " && heroku pg:backups:restore " + name + " " +
           m_settings.database + app;
}

void Heroku::to_one_off(Command& command) const {
    Command there = this->command({"run", "--exit-code", "--no-tty"});
    // The app has its own DATABASE_URL; what limits a migration it gets from us.
    std::string variables;
    for (const char* name : {"PGAPPNAME", "PGOPTIONS", "PYTHONDONTWRITEBYTECODE"}) {
        const auto value = command.environment.find(name);
        if (value == command.environment.end() || value->second.find(';') != std::string::npos) continue;
        variables += (variables.empty() ? "" : ";") + std::string(name) + "=" + value->second;
    }
    if (!variables.empty()) there.argv.insert(there.argv.end(), {"--env", variables});
    // In a shell of its own: what ended the command's own shell would end the marker's too.
    there.argv.insert(there.argv.end(), {"--", "sh", "-c", say_command(command.argv)});
    command.argv = there.argv;
    command.environment = there.environment;
    command.without = there.without;
    command.directory = "";
}

bool Heroku::is_lost(const ProcessResult& result) {
    return result.exit_code < 0 || result.timed_out || (!result.ok() && !says(result.err, "Process exited with code"));
}

}  // namespace lastgood
