#include "framework/command_framework.hpp"

#include "core/failure.hpp"
#include "framework/program_framework.hpp"

#include <algorithm>
#include <sstream>

namespace lastgood {

namespace {

constexpr const char* k_undefined_table = "42P01";
constexpr const char* k_invalid_schema_name = "3F000";

class CommandFramework : public ProgramFramework {
  public:
    explicit CommandFramework(const FrameworkContext& context) : ProgramFramework(context.with_variable(), {}) {}

    std::string name() const override { return "command"; }
    bool stepwise() const override { return false; }
    Migrations migrations() override;
    std::vector<Described> describe(const std::vector<std::string>& pending) override {
        std::vector<Described> described;
        for (const auto& name : pending) described.push_back({name, std::nullopt, std::nullopt, false});
        return described;
    }
    GuardSeen guard_seen() override { return {}; }

  protected:
    std::vector<Call> up(const std::vector<std::string>& /*pending*/, const std::string& /*upto*/) const override {
        return {Call{}};
    }
    std::vector<Call> down(const std::vector<std::string>& undone,
                           const std::vector<std::string>& /*applied*/) override {
        throw Failure(ExitCode::refused, "\"" + undone.front() + "\" has no way down: framework command knows none",
                      "nothing", "lastgood rollback   returns to the restore point; rollback: { strategy: restore }");
    }
    bool rolls_back(const ProcessResult& /*result*/) const override { return false; }

  private:
    std::vector<std::string> applied() const;
};

std::vector<std::string> CommandFramework::applied() const {
    std::vector<std::string> names;
    try {
        Session asking = session();
        const Transaction nothing_changes(asking, "BEGIN READ ONLY");
        for (const auto& row : asking.query(context().settings.heads))
            if (!row.empty() && row[0]) names.push_back(*row[0]);
    } catch (const DatabaseError& error) {
        // Before the first migration the ledger is not there.
        if (error.sqlstate() == k_undefined_table || error.sqlstate() == k_invalid_schema_name) return {};
        throw Failure(ExitCode::refused, "migrate.heads failed: " + error.primary(), "nothing",
                      "correct the query: its first column is the name of each migration that is applied")
            .with_detail(error.what());
    }
    std::sort(names.begin(), names.end());
    return names;
}

Migrations CommandFramework::migrations() {
    require_installed("put it into the revision or install it");
    Migrations migrations{applied(), {}, !context().settings.pending.empty()};
    if (!migrations.pending_known) return migrations;
    Call question;
    question.instead = context().settings.pending;
    std::istringstream lines(output(question));
    for (std::string line; std::getline(lines, line);) {
        const auto begin = line.find_first_not_of(" \t\r");
        if (begin != std::string::npos)
            migrations.pending.push_back(line.substr(begin, line.find_last_not_of(" \t\r") + 1 - begin));
    }
    return migrations;
}

}  // namespace

std::unique_ptr<Framework> make_command_framework(const FrameworkContext& context) {
    return std::make_unique<CommandFramework>(context);
}

}  // namespace lastgood
