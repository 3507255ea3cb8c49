// The way back where the platform restores over the live database.
#include "backup/restore_beside.hpp"
#include "core/failure.hpp"
#include "database/sequences_beyond.hpp"
#include "database/server.hpp"
#include "outside/console.hpp"
#include "record/json_values.hpp"
#include "record/point_reader.hpp"
#include "step/baseline.hpp"
#include "steps/rollback/issued_json.hpp"
#include "steps/rollback/rollback.hpp"

namespace lastgood {

namespace {

/// Null where there is none, or it was taken back.
const Json* note_of(const RunState& run, const char* name) {
    const auto note = run.notes.find(name);
    return note == run.notes.end() || note->second.is_null() ? nullptr : &note->second;
}

}  // namespace

bool Rollback::is_restoring_over(const RunState& run) {
    return note_of(run, k_restoring_over) != nullptr;
}

void Rollback::forget_in_place() {
    for (const char* name : {k_restoring_over, k_kept_live, k_restored_over})
        m_ports.run.record().append("note", "rollback", {{"name", name}, {"value", nullptr}});
}

std::unique_ptr<InPlaceEngine> Rollback::in_place_engine() {
    return make_in_place_engine(m_facts.manifest->engine, engine_context());
}

void Rollback::observe_in_place(RollbackFacts& facts) {
    InPlaceWay way;
    way.done = note_of(facts.run, k_restored_over) != nullptr;
    if (const Json* kept = note_of(facts.run, k_kept_live)) way.kept = kept->get<std::string>();
    facts.fence_stands = m_ports.fences.stands(facts.run);
    m_facts.manifest = facts.manifest;
    way.by_hand = in_place_engine()->restore_over_command(*m_ports.restore_points.open(*facts.manifest));
    facts.in_place = std::move(way);
}

/// What is live is the only copy of what was written since the restore point.
Json Rollback::keep_live() {
    const std::string kept = in_place_engine()->keep_live();
    m_ports.console.info("what is live now is kept as " + kept);
    m_facts.in_place->kept = kept;
    m_ports.run.record().append("note", "rollback", {{"name", k_kept_live}, {"value", kept}});
    return {{"kept", kept}};
}

/// Where the sequences were before anything was emptied; noted by the first program that came so far.
Json Rollback::issued_before() {
    const RunState run = m_ports.run.state();
    if (const Json* note = note_of(run, k_restoring_over)) return *note;
    Session live = m_ports.databases.live("sequences");
    const Json issued = to_json(issued_numbers(live));
    m_ports.run.record().append("note", "rollback", {{"name", k_restoring_over}, {"value", issued}});
    return issued;
}

Json Rollback::restore_over() {
    const bool begun_earlier = is_restoring_over(m_ports.run.state());
    {
        Session live = m_ports.databases.live("look");
        if (!begun_earlier && !still_bearable(live)) throw called_off();
    }
    const auto objects = m_ports.restore_points.open(*m_facts.manifest);
    // From here on nobody counts rows any more: an interrupted restore is begun again, not called off.
    const Json issued = issued_before();
    try {
        in_place_engine()->restore_over(*objects, m_ports.databases.live_url(), m_ports.pipeline.capture.prove_jobs);
    } catch (Failure& failure) {
        if (begun_earlier && failure.code() == ExitCode::failed_clean)
            failure.with_code(ExitCode::failed_changed)
                .with_changed("an earlier restore of this rollback may have emptied the database");
        throw;
    }
    // A database that was emptied may have ended every session in it, the lock's too.
    m_ports.take_lock_again();
    m_ports.run.record().append("note", "rollback", {{"name", k_restored_over}, {"value", true}});
    m_facts.in_place->done = true;
    Session live = m_ports.databases.live("sequences");
    move_sequences_beyond(issued_from(issued), live, m_ports.pipeline.rollback.sequence_margin);
    say_left_behind(m_facts.in_place->kept);
    return {
        {"position", current_snapshot(live)}, {"losses", to_json(m_facts.losses)}, {"kept", m_facts.in_place->kept}};
}

/// Nobody writes: what is there has to be what the restore point saw.
std::vector<std::string> Rollback::differences_in_place() {
    const auto objects = m_ports.restore_points.open(*m_facts.manifest);
    if (objects->locked()) {
        m_ports.console.warning(
            "the rows were not compared: the restore point is encrypted, and there is no identity here");
        return {};
    }
    return differences_of_restored(engine_context(), *m_facts.manifest, m_ports.databases.live_url(),
                                   m_ports.pipeline.capture.prove_jobs, expected_of(*m_facts.manifest, *objects),
                                   [](const std::string&) { return false; });
}

}  // namespace lastgood
