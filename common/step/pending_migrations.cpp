#include "step/pending_migrations.hpp"

#include "core/cut_text.hpp"
#include "framework/context.hpp"
#include "framework/manner.hpp"
#include "framework/squawk.hpp"

#include <sstream>

namespace lastgood {

namespace {

constexpr int k_shown_lines = 60;
constexpr std::size_t k_longest_shown_line = 400;

std::vector<std::string> sql_lines(const std::string& sql) {
    std::vector<std::string> lines;
    std::istringstream text(sql);
    int left_out = 0;
    for (std::string line; std::getline(text, line);) {
        if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
        if (static_cast<int>(lines.size()) < k_shown_lines)
            lines.push_back("    | " + cut_line(line, k_longest_shown_line));
        else
            ++left_out;
    }
    if (left_out > 0) lines.push_back("    | ... and " + std::to_string(left_out) + " lines more");
    return lines;
}

}  // namespace

std::vector<Pending> look_at_pending(Framework& framework, const FrameworkContext& context,
                                     const Migrations& migrations) {
    std::vector<Pending> all;
    for (auto& migration : framework.describe(migrations.pending)) {
        auto findings =
            squawk_findings(migration, context.directory.string(), context.server_version, context.processes);
        all.push_back({std::move(migration), std::move(findings)});
    }
    return all;
}

std::string say_pending(const Described& migration) {
    std::string known = text_of(manner_of(migration));
    if (migration.one_transaction) known += *migration.one_transaction ? ", one transaction" : ", no transaction";
    if (migration.way_down) known += ", has a way down";
    return "pending: " + migration.name + " (" + known + ")";
}

std::vector<std::string> explain_pending(const Pending& pending) {
    std::vector<std::string> lines = pending.migration.sql ? sql_lines(*pending.migration.sql)
                                                           : std::vector<std::string>{"    | its SQL cannot be shown"};
    for (const auto& finding : pending.findings) lines.push_back("    squawk: " + finding);
    return lines;
}

Json to_json(const Pending& pending) {
    const Described& migration = pending.migration;
    Json json{{"name", migration.name},
              {"manner", text_of(manner_of(migration))},
              {"way_down", migration.way_down},
              {"findings", pending.findings}};
    json["sql"] = migration.sql ? Json(*migration.sql) : Json();
    json["one_transaction"] = migration.one_transaction ? Json(*migration.one_transaction) : Json();
    return json;
}

}  // namespace lastgood
