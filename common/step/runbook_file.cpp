#include "step/runbook_file.hpp"

#include "core/failure.hpp"
#include "core/names.hpp"
#include "outside/files.hpp"
#include "outside/interruption.hpp"
#include "record/numbered_keys.hpp"
#include "step/runbook_facts.hpp"
#include "step/store_commands.hpp"
#include "store/store.hpp"

namespace lastgood {

namespace {

constexpr const char* k_name = "runbook.md";
constexpr const char* k_copy_variable = "LASTGOOD_RUNBOOK";

std::string directory_of(const std::string& scope, const std::string& run) {
    return scope_prefix(scope) + "runs/" + store_key_part(run) + "/";
}

}  // namespace

std::string runbook_key(const std::string& scope, const std::string& run) {
    return directory_of(scope, run) + k_name;
}

std::string runbook_place(const Store& store, const Pipeline& pipeline, const Environment& environment,
                          const std::string& run) {
    const std::string key = runbook_key(pipeline.scope(), run);
    if (!store.get(key)) return "";
    const auto directory = store.directory(directory_of(pipeline.scope(), run));
    return directory ? (*directory / k_name).string() : fetching_command(pipeline.store, key, k_name, environment);
}

void RunbookFile::renew() {
    try {
        write();
    } catch (const Interrupted&) {
        throw;
    } catch (const std::exception& error) {
        m_world.console.warning("the runbook of this run could not be written: " + std::string(error.what()));
    }
}

void RunbookFile::write() {
    const RunState run = m_run.state();
    // The record of a night without store knows nothing that could be told.
    if (run.attempt == 0 || run.revision.commit.empty()) return;
    // Whatever of the pipeline a secret was put into.
    const std::string text = m_world.redaction.clean(
        runbook_text(runbook_facts(m_world, m_pipeline, m_databases, run, {m_failed, m_returned})));
    if (text == m_written) return;
    write_copy(text);
    Store& store = m_world.store();
    const std::string key = runbook_key(m_pipeline.scope(), run.id);
    if (store.get(key) != text) {
        const auto writer = store.write(key);
        writer->write(text);
        writer->finish();
        store.settle(directory_of(m_pipeline.scope(), run.id));
    }
    m_written = text;
}

void RunbookFile::write_copy(const std::string& text) const {
    const auto file = m_world.environment.get(k_copy_variable);
    if (file && !file->empty()) replace_file(*file, text);
}

std::string RunbookFile::say_return() {
    const RunState run = m_run.state();
    const std::string commands =
        return_commands(runbook_facts(m_world, m_pipeline, m_databases, run, {m_failed, m_returned}));
    const std::string place = runbook_place(m_world.store(), m_pipeline, m_world.environment, run.id);
    return (place.empty() ? "" : "the runbook of this run, for a night without lastgood: " + place + "\n") +
           (commands.empty() ? "" : "by hand:\n" + commands);
}

}  // namespace lastgood
