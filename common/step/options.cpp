#include "step/options.hpp"

#include "command_line/arguments.hpp"
#include "core/shell_word.hpp"
#include "host/host.hpp"
#include "outside/environment.hpp"

#include <algorithm>
#include <array>

namespace lastgood {

namespace {

constexpr std::array<const char*, 6> k_levels{"trace", "debug", "info", "warning", "error", "off"};

LogLevel level_of(const std::string& text) {
    return static_cast<LogLevel>(std::find(k_levels.begin(), k_levels.end(), text) - k_levels.begin());
}

std::string first_of(const std::string& given, const Environment& environment, const char* variable) {
    return given.empty() ? environment.first_of({variable}) : given;
}

}  // namespace

CommonOptions common_options_of(const Arguments& arguments, const Environment& environment, const Host& host) {
    CommonOptions options;
    const std::string file = first_of(arguments.value("--pipeline"), environment, "LASTGOOD_PIPELINE");
    if (!file.empty()) options.pipeline = file;
    options.environment = first_of(arguments.value("--environment"), environment, "LASTGOOD_ENVIRONMENT");
    options.run_id = arguments.value("--run-id");
    options.dry_run = arguments.has("--dry-run");
    options.json = arguments.has("--json");
    if (arguments.has("--log-level"))
        options.log_level = level_of(arguments.value("--log-level"));
    else if (host.is_debugging())
        options.log_level = LogLevel::debug;
    return options;
}

std::vector<std::string> words_of(const CommonOptions& options) {
    std::vector<std::string> words{"--pipeline", options.pipeline, "--log-level",
                                   k_levels.at(static_cast<std::size_t>(options.log_level))};
    if (!options.environment.empty()) words.insert(words.end(), {"--environment", options.environment});
    if (options.json) words.emplace_back("--json");
    if (options.dry_run) words.emplace_back("--dry-run");
    return words;
}

std::string words_to_type(const CommonOptions& options) {
    std::string words;
    if (options.pipeline != CommonOptions{}.pipeline) words = "--pipeline " + shell_word(options.pipeline);
    if (!options.environment.empty())
        words += (words.empty() ? "" : " ") + ("--environment " + shell_word(options.environment));
    return words;
}

}  // namespace lastgood
