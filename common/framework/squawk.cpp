#include "framework/squawk.hpp"

#include "outside/process.hpp"

#include <nlohmann/json.hpp>

namespace lastgood {

namespace {

using Json = nlohmann::json;

constexpr const char* k_taken_care_of = "--exclude=require-lock-timeout,require-statement-timeout,prefer-robust-stmts";

}  // namespace

std::vector<std::string> squawk_findings(const Described& migration, const std::string& directory, int server_version,
                                         Processes& processes) {
    if (!migration.sql || processes.find("squawk").empty()) return {};
    Command command;
    command.argv = {"squawk",
                    "--reporter",
                    "json",
                    k_taken_care_of,
                    "--pg-version=" + std::to_string(server_version / 10000) + ".0",
                    "--stdin-filepath",
                    migration.name + ".sql"};
    if (migration.one_transaction.value_or(false)) command.argv.emplace_back("--assume-in-transaction");
    command.input = *migration.sql;
    command.directory = directory;
    command.timeout = std::chrono::seconds(30);
    const ProcessResult result = processes.run(command);
    const Json found = Json::parse(result.out, nullptr, false);
    if (!found.is_array())
        return {migration.name + ": squawk cannot judge it: " + result.say_end() + " " + result.tail(1)};
    std::vector<std::string> lines;
    for (const auto& finding : found)
        lines.push_back(migration.name + ":" + std::to_string(finding.value("line", 0) + 1) + ": " +
                        finding.value("rule_name", "?") + ": " + finding.value("message", ""));
    return lines;
}

}  // namespace lastgood
