#include "steps/migrate/try_hotfix.hpp"

#include "core/failure.hpp"
#include "database/server.hpp"
#include "framework/guarded_run.hpp"
#include "outside/console.hpp"
#include "step/workplace.hpp"
#include "steps/migrate/hotfix_script.hpp"

#include <filesystem>

namespace lastgood {

namespace {

Json to_json(const std::vector<TouchedRows>& touched) {
    Json rows = Json::array();
    for (const auto& each : touched)
        rows.push_back({{"tag", each.tag}, {"rows", each.count}, {"statement", each.statement}});
    return rows;
}

void try_it(Workplace& place) {
    World& world = place.world;
    Project project = place.project(place.run.is_new() ? place.pin().revision : place.run.state().revision);
    const HotfixScript script = read_hotfix_script(*place.pipeline.migrate.hotfix, project,
                                                   std::filesystem::absolute(world.options.pipeline).parent_path());
    Session live = place.databases.live("try");
    require_binding(place.run.ledger(), identify(live), place.pipeline.environment, false);
    const FrameworkContext context = project.framework_context(live.server_version());
    Hotfix hotfix(context, script, world.redaction, [](const std::string&) {});
    std::vector<TouchedRows> touched;
    run_guarded(hotfix, context, [&] { touched = hotfix.try_out(); });

    world.console.info("tried " + say(script) + " in a transaction that was rolled back");
    for (const auto& line : Hotfix::say(touched)) world.console.info("  " + line);
    const std::string objection = hotfix.objection(touched);
    const Json tried{
        {"script", script.name}, {"sha256", script.sha256}, {"rows", to_json(touched)}, {"objection", objection}};
    if (place.run.state().open())
        place.run.record().append("note", "migrate", {{"name", k_hotfix_tried}, {"value", tried}});
    if (world.options.json) {
        Json answer = tried;
        answer["lastgood"] = k_record_format;
        answer["type"] = "hotfix-tried";
        world.console.answer(answer.dump(-1, ' ', false, Json::error_handler_t::replace));
    }
    if (objection.empty()) return;
    Failure failure(ExitCode::refused, "the hotfix does not do what is expected: " + objection, "nothing",
                    "correct the script or migrate.hotfix.expect_rows, then: lastgood run");
    throw failure.with_detail(Hotfix::say(touched));
}

}  // namespace

int try_hotfix(World& world) {
    if (!world.pipeline().migrate.hotfix)
        throw Failure(
            ExitCode::usage, "--try is for a hotfix, and the pipeline has none", "nothing",
            "lastgood migrate --dry-run   shows what is pending; migrate: { rehearse: true } tries migrations");
    Workplace place(world, Join::open_or_new);
    place.enter(std::chrono::seconds(5));
    try {
        try_it(place);
        return 0;
    } catch (const Failure& failure) {
        const RunState run = place.run.state();
        const bool untouched = run.open() && !run.at_stake() && run.steps.empty();
        if (untouched) place.fences.lift(place.run.record());
        if (untouched) place.run.close(Outcome::failed_clean, failure.what_happened());
        throw;
    }
}

}  // namespace lastgood
