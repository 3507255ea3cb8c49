#include "framework/rails_framework.hpp"

#include "core/failure.hpp"
#include "framework/marked_answer.hpp"
#include "framework/program_framework.hpp"
#include "framework/rails_questions.hpp"

#include <algorithm>
#include <sstream>

namespace lastgood {

namespace {

using Json = nlohmann::json;
using Names = std::vector<std::string>;

class RailsFramework : public ProgramFramework {
  public:
    explicit RailsFramework(const FrameworkContext& context) : ProgramFramework(context, {"bin/rails"}) {}

    std::string name() const override { return "rails"; }
    bool stepwise() const override { return true; }
    Migrations migrations() override;
    std::vector<Described> describe(const Names& pending) override;
    GuardSeen guard_seen() override { return guard_in(answer(rails_questions::k_guard)); }

  protected:
    std::vector<Call> up(const Names& pending, const std::string& upto) const override;
    std::vector<Call> down(const Names& undone, const Names& applied) override;
    void require_begun(const ProcessResult& result) const override;
    std::string reason_of(const ProcessResult& result) const override;
    std::string changed_besides() override {
        return m_had_ledger ? "" : "Rails made its tables schema_migrations and ar_internal_metadata";
    }

  private:
    Json answer(const char* question) const {
        return marked_answer(output({{rails_questions::k_task, "-E", question}}));
    }
    const Described* known(const std::string& version) const;

    std::vector<Described> m_known;  ///< of every file, as migrations() saw them last
    bool m_ledger = true;            ///< as migrations() saw it last
    bool m_had_ledger = true;        ///< when what is pending was described: before it ran
};

/// Only by what it failed at first: what is missing may also stand among the causes of a migration's failure.
void RailsFramework::require_begun(const ProcessResult& result) const {
    const std::string reason = reason_of(result);
    if (reason.find("No Rakefile found") != std::string::npos)
        throw Failure(ExitCode::refused, "there is no Rakefile in " + context().place, "nothing",
                      "set migrate.directory to the directory of the Rakefile");
    const bool missing = reason.find("cannot load such file") != std::string::npos ||
                         result.err.starts_with("Could not find ") || result.err.starts_with("bundler: ");
    if (!missing || result.out.find(": migrating ===") != std::string::npos) return;
    throw Failure(ExitCode::refused, say_command(program()) + " does not find what it needs in " + context().place,
                  "nothing", "install it in the work tree: steps: migrate: prepare: [bundle, install]")
        .with_detail(result.tail());
}

Migrations RailsFramework::migrations() {
    require_installed("set migrate.directory to the directory of the application");
    const Json state = answer(rails_questions::k_state);
    if (!state.is_object())
        throw Failure(ExitCode::refused, say_command(program()) + " does not answer in " + context().place, "nothing",
                      say_command(program()) + " db:migrate:status   says more");
    m_ledger = state.value("ledger", true);
    m_known.clear();
    Migrations migrations{state.value("applied", Names()), {}};
    for (const auto& each : state.value("migrations", Json::array())) {
        m_known.push_back(
            {each.value("version", ""), std::nullopt, each.value("atomic", true), each.value("down", false)});
        const auto& version = m_known.back().name;
        if (std::find(migrations.applied.begin(), migrations.applied.end(), version) == migrations.applied.end())
            migrations.pending.push_back(version);
    }
    std::sort(migrations.applied.begin(), migrations.applied.end());
    return migrations;
}

const Described* RailsFramework::known(const std::string& version) const {
    const auto found =
        std::find_if(m_known.begin(), m_known.end(), [&](const Described& each) { return each.name == version; });
    return found == m_known.end() ? nullptr : &*found;
}

std::vector<Described> RailsFramework::describe(const Names& pending) {
    if (m_known.empty()) migrations();
    m_had_ledger = m_ledger;
    std::vector<Described> described;
    for (const auto& version : pending) {
        const Described* found = known(version);
        described.push_back(found != nullptr ? *found : Described{version, std::nullopt, std::nullopt, false});
    }
    return described;
}

/// Not `db:migrate VERSION=`: where a newer one is applied already it goes down to that version.
std::vector<ProgramFramework::Call> RailsFramework::up(const Names& pending, const std::string& upto) const {
    if (upto.empty()) return {Call{{"db:migrate"}}};
    std::vector<Call> calls;
    for (const auto& version : pending) {
        calls.push_back({{"db:migrate:up", "VERSION=" + version}});
        if (version == upto) break;
    }
    return calls;
}

std::vector<ProgramFramework::Call> RailsFramework::down(const Names& undone, const Names& /*applied*/) {
    std::vector<Call> calls;
    for (const auto& version : undone) {
        const Described* found = known(version);
        if (found == nullptr || !found->way_down)
            throw Failure(ExitCode::refused,
                          "\"" + version + "\" has no way down: there is neither a change nor a down method that works",
                          "nothing",
                          "lastgood rollback   returns to the restore point; rollback: { strategy: restore }");
        calls.push_back({{"db:migrate:down", "VERSION=" + version}});
    }
    return calls;
}

/// The server's words, or else what stands below "aborted!".
std::string RailsFramework::reason_of(const ProcessResult& result) const {
    std::istringstream lines(result.err);
    std::string below;
    bool aborted = false;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("PG::")) return line;
        if (aborted && below.empty() && !line.empty() && !line.ends_with("canceled:")) below = line;
        aborted = aborted || line.ends_with("aborted!");
    }
    return below.empty() ? ProgramFramework::reason_of(result) : below;
}

}  // namespace

std::unique_ptr<Framework> make_rails_framework(const FrameworkContext& context) {
    return std::make_unique<RailsFramework>(context);
}

}  // namespace lastgood
