// What the checks of verify may look at.
#include "core/failure.hpp"
#include "database/client_programs.hpp"
#include "step/baseline.hpp"
#include "step/captured_digests.hpp"
#include "step/drift.hpp"
#include "step/noted_transactions.hpp"
#include "step/workplace.hpp"
#include "steps/verify/verify.hpp"
#include "store/store.hpp"

namespace lastgood {

/// Which transactions are the migration's own, and between which others could write.
LossQuestion Verify::question(const Manifest& manifest) {
    const RunState run = m_ports.run.state();
    LossQuestion question = window_of(run);
    question.snapshot = manifest.snapshot;
    question.then = manifest.contents.tables;
    if (!m_ports.pipeline.has_step("migrate")) return question;
    Session live = m_ports.databases.live("transactions");
    question.own_transactions = noted_transactions(run, *m_ports.project.framework(live.server_version()), live);
    return question;
}

/// What cannot be read is said by the checks that ask for it: they could not tell.
Captured Verify::captured() {
    Captured captured;
    captured.restore_point = restore_point_id(m_ports.databases.scope(), m_ports.run.state());
    try {
        const auto manifest = m_ports.restore_points.manifest(captured.restore_point);
        if (!manifest) {
            captured.trouble = "there is no restore point " + captured.restore_point;
            return captured;
        }
        captured.question = question(*manifest);
        learn_digests(captured, *manifest, m_ports.restore_points);
    } catch (const Failure& failure) {
        captured.trouble = failure.what_happened();
    } catch (const StoreError& error) {
        captured.trouble = error.what();
    } catch (const DatabaseError& error) {
        captured.trouble = error.primary();
    }
    return captured;
}

std::string Verify::schema(Milliseconds timeout) const {
    Session live = m_ports.databases.live("schema");
    const ClientPrograms programs =
        ClientPrograms::of_major(live.server_version() / 10000, m_ports.processes, m_ports.environment);
    return live_schema(m_ports.databases, programs, m_ports.processes, timeout);
}

/// The work tree is made here, before the checks run side by side.
CheckContext Verify::context() {
    const RunState run = m_ports.run.state();
    return {m_ports.pipeline,
            m_ports.databases.live_url(),
            m_ports.databases.work_name("check"),
            m_ports.project.needs_work_tree() ? m_ports.project.work_tree() : std::filesystem::path(),
            m_ports.project.command_environment(),
            m_ports.databases.leftover_mark(),
            [this] {
                Session live = m_ports.databases.live("version");
                return m_ports.project.framework(live.server_version());
            },
            [this](Milliseconds timeout) { return schema(timeout); },
            run.has_ended("migrate/baseline") ? std::optional(baseline_of(run).before) : std::nullopt,
            any_asks_for_the_restore_point(m_ports.pipeline) ? std::optional(captured()) : std::nullopt,
            writes_were_open(run) || !m_ports.fences.holds(run),
            m_ports.redaction,
            m_ports.processes,
            m_ports.console,
            m_ports.interruption};
}

}  // namespace lastgood
