#include "framework/alembic_framework.hpp"

#include "core/failure.hpp"
#include "framework/alembic_questions.hpp"
#include "framework/marked_answer.hpp"
#include "framework/program_framework.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <set>
#include <sstream>

namespace lastgood {

namespace {

using Json = nlohmann::json;
using Names = std::vector<std::string>;

bool among(const Names& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

class AlembicFramework : public ProgramFramework {
  public:
    explicit AlembicFramework(const FrameworkContext& context) : ProgramFramework(context, {"alembic"}) {}

    std::string name() const override { return "alembic"; }
    bool stepwise() const override { return true; }
    Migrations migrations() override;
    std::vector<Described> describe(const Names& pending) override;
    std::optional<Names> model_changes() override;
    GuardSeen guard_seen() override { return guard_in(answer(alembic_questions::k_guard)); }

  protected:
    std::vector<Call> up(const Names& pending, const std::string& upto) const override;
    std::vector<Call> down(const Names& undone, const Names& applied) override;
    void require_begun(const ProcessResult& result) const override;
    std::string reason_of(const ProcessResult& result) const override;
    Names newest_first(Names applied) const override;
    std::string stopped_at(const ProcessResult& result) const override;

  private:
    static Call call(Names arguments) { return {std::move(arguments), {{"PYTHONDONTWRITEBYTECODE", "1"}}}; }
    Names python() const;
    Json answer(const std::string& question) const;
    Names::const_iterator alembic_itself() const;

    Names m_order;                                 ///< of what is applied, the oldest first
    Names m_no_way_down;                           ///< of it
    std::map<std::string, Described> m_described;  ///< the files do not change while this lives
    std::map<std::string, Names> m_parents;
};

/// [poetry, run, alembic, -c, other.ini]: what stands before it starts Python as well.
Names::const_iterator AlembicFramework::alembic_itself() const {
    return std::find_if(program().begin(), program().end(), [](const std::string& argument) {
        return std::filesystem::path(argument).filename() == "alembic";
    });
}

/// The Python that has this Alembic: what starts it, or else stands beside it.
Names AlembicFramework::python() const {
    const auto alembic = alembic_itself();
    if (alembic == program().end())
        throw Failure(ExitCode::refused, "migrate.program does not name alembic: " + say_command(program()), "nothing",
                      "write it in full, as in program: [poetry, run, alembic]");
    Names python(program().begin(), alembic);
    if (!python.empty() && python.back() == "-m") {  // [python3, -m, alembic]
        python.pop_back();
        return python;
    }
    if (!python.empty()) {
        python.emplace_back("python");
        return python;
    }
    const bool is_path = alembic->find('/') != std::string::npos;
    const std::filesystem::path found =
        is_path ? context().directory / *alembic : std::filesystem::path(context().processes.find(*alembic));
    for (const char* name : {"python3", "python"}) {
        const auto beside = std::filesystem::weakly_canonical(found).parent_path() / name;
        if (std::filesystem::exists(beside)) return {beside};
    }
    return {"python3"};
}

Json AlembicFramework::answer(const std::string& question) const {
    require_installed("install it in the work tree: steps: migrate: prepare: [pip, install, -r, requirements.txt]");
    Call asked = call({"-c", question});
    asked.instead = python();
    std::copy(std::next(alembic_itself()), program().end(), std::back_inserter(asked.arguments));
    return marked_answer(output(asked));
}

void AlembicFramework::require_begun(const ProcessResult& result) const {
    if (result.err.find("No module named 'alembic'") == std::string::npos) return;
    throw Failure(ExitCode::refused, "Alembic cannot be imported by " + say_command(python()), "nothing",
                  "install it in the work tree: steps: migrate: prepare: [pip, install, -r, requirements.txt], or "
                  "set migrate.program to the way it is started")
        .with_detail(result.tail());
}

Migrations AlembicFramework::migrations() {
    const Json state = answer(alembic_questions::k_state);
    if (!state.is_object() || state.contains("refused"))
        throw Failure(ExitCode::refused,
                      "Alembic refuses the project in " + context().place + ": " +
                          (state.is_object() ? state.value("refused", "") : "it does not answer"),
                      "nothing",
                      "set migrate.directory to the directory of alembic.ini, or migrate.program to [alembic, -c, its "
                      "path]; a revision that is not found belongs to a newer release than this one");
    m_order = state.value("applied", Names());
    m_no_way_down = state.value("no_way_down", Names());
    Migrations migrations{m_order, state.value("pending", Names())};
    std::sort(migrations.applied.begin(), migrations.applied.end());
    return migrations;
}

std::vector<Described> AlembicFramework::describe(const Names& pending) {
    const auto known = [&](const std::string& name) { return m_described.count(name) != 0; };
    if (!std::all_of(pending.begin(), pending.end(), known)) {
        for (const auto& each : answer(alembic_questions::k_pending)) {
            Described migration{each.value("name", ""), std::nullopt, std::nullopt, each.value("down", false)};
            if (each["sql"].is_string()) migration.sql = each["sql"].get<std::string>();
            if (each["atomic"].is_boolean()) migration.one_transaction = each["atomic"].get<bool>();
            m_parents[migration.name] = each.value("parents", Names());
            m_described[migration.name] = migration;
        }
    }
    std::vector<Described> described;
    for (const auto& name : pending)
        described.push_back(known(name) ? m_described[name] : Described{name, std::nullopt, std::nullopt, false});
    return described;
}

std::optional<Names> AlembicFramework::model_changes() {
    const Json changes = answer(alembic_questions::k_models);
    if (!changes.is_array()) return std::nullopt;
    return changes.get<Names>();
}

/// `upgrade` runs a revision and all below it, so that those are named on which no other of the stretch stands.
std::vector<ProgramFramework::Call> AlembicFramework::up(const Names& pending, const std::string& upto) const {
    if (upto.empty()) return {call({"upgrade", "heads"})};
    const Names stretch(pending.begin(), std::next(std::find(pending.begin(), pending.end(), upto)));
    std::set<std::string> below;
    for (const auto& name : stretch)
        if (const auto parents = m_parents.find(name); parents != m_parents.end())
            below.insert(parents->second.begin(), parents->second.end());
    std::vector<Call> calls;
    for (const auto& name : stretch)
        if (below.count(name) == 0) calls.push_back(call({"upgrade", name}));
    return calls;
}

std::vector<ProgramFramework::Call> AlembicFramework::down(const Names& undone, const Names& applied) {
    for (const auto& name : undone)
        if (among(m_no_way_down, name))
            throw Failure(ExitCode::refused, "\"" + name + "\" has no way down: its downgrade() does nothing",
                          "nothing",
                          "lastgood rollback   returns to the restore point; rollback: { strategy: restore }");
    Names left;
    std::copy_if(m_order.begin(), m_order.end(), std::back_inserter(left),
                 [&](const auto& name) { return among(applied, name); });
    if (!std::equal(left.begin(), left.end(), m_order.begin()))
        throw Failure(ExitCode::refused, "what is to be taken back is not the end of one line of revisions", "nothing",
                      "lastgood rollback   returns to the restore point; rollback: { strategy: restore }");
    return {call({"downgrade", left.empty() ? "base" : left.back()})};
}

Names AlembicFramework::newest_first(Names applied) const {
    Names ordered;
    std::copy_if(m_order.rbegin(), m_order.rend(), std::back_inserter(ordered),
                 [&](const auto& name) { return among(applied, name); });
    return ordered;
}

/// "Running upgrade 1a2b -> 3c4d, adds a name": all of one `upgrade` are one transaction unless env.py says otherwise,
/// so that what is left pending does not tell. Only where the project's logging shows it.
std::string AlembicFramework::stopped_at(const ProcessResult& result) const {
    const auto begin = result.err.rfind("Running upgrade ");
    const auto arrow = begin == std::string::npos ? begin : result.err.find("-> ", begin);
    if (arrow == std::string::npos) return "";
    return result.err.substr(arrow + 3, result.err.find_first_of(", \n", arrow + 3) - arrow - 3);
}

/// The exception's own first line: SQLAlchemy adds the statement and a link.
std::string AlembicFramework::reason_of(const ProcessResult& result) const {
    std::istringstream lines(result.err.empty() ? result.out : result.err);
    std::string reason;
    for (std::string line; std::getline(lines, line);) {
        const auto error = line.find("FAILED: ");
        if (error != std::string::npos) return line.substr(error + 8);
        const bool is_exception =
            !line.empty() && line[0] != ' ' && line.find(": ") != std::string::npos && line.find(' ') > line.find(':');
        const bool adds = line.starts_with("DETAIL:") || line.starts_with("HINT:") || line.starts_with("CONTEXT:") ||
                          line.starts_with("LINE ");
        if (is_exception && !adds && line[0] != '[' && !line.starts_with("INFO")) reason = line;
    }
    return reason.empty() ? ProgramFramework::reason_of(result) : reason;
}

}  // namespace

std::unique_ptr<Framework> make_alembic_framework(const FrameworkContext& context) {
    return std::make_unique<AlembicFramework>(context);
}

}  // namespace lastgood
