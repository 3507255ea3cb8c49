#include "steps/migrate/hotfix_script.hpp"

#include "core/failure.hpp"
#include "outside/files.hpp"

namespace lastgood {

HotfixScript read_hotfix_script(const HotfixSettings& settings, Project& project,
                                const std::filesystem::path& beside_pipeline) {
    const std::filesystem::path named(settings.script);
    std::vector<std::filesystem::path> places{named};
    if (named.is_relative()) places = {project.work_tree() / named, beside_pipeline / named};
    for (const auto& place : places) {
        std::error_code trouble;
        if (!std::filesystem::is_regular_file(place, trouble)) continue;
        std::string text = read_file(place);
        if (text.find_first_not_of(" \t\r\n") == std::string::npos) break;
        const std::string digest = sha256(text);
        return {settings.script, std::move(text), digest};
    }
    throw Failure(ExitCode::refused, "the hotfix \"" + settings.script + "\" is not there, or empty", "nothing",
                  "put it beside the pipeline file, or correct migrate.hotfix.script");
}

std::string say(const HotfixScript& script) {
    return script.name + " (sha256 " + script.sha256.substr(0, 12) + ")";
}

}  // namespace lastgood
