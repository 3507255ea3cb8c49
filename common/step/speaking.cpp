#include "step/speaking.hpp"

#include "core/failure.hpp"
#include "core/version.hpp"
#include "record/run_record.hpp"
#include "report/markdown.hpp"
#include "report/sources.hpp"
#include "step/joined_run.hpp"
#include "step/waiting_cost.hpp"
#include "step/world.hpp"

#include <charconv>
#include <exception>

namespace lastgood {

namespace {

/// "shop.yaml:3:7: unknown key" begins with its place.
void take_place(const std::string& what, Annotation& annotation) {
    const auto end = what.find(": ");
    if (end == std::string::npos) return;
    const auto second = what.rfind(':', end - 1);
    const auto first = second == std::string::npos || second == 0 ? second : what.rfind(':', second - 1);
    if (first == std::string::npos || first == 0) return;
    int line = 0;
    int column = 0;
    const auto number = [&](std::size_t from, std::size_t to, int& into) {
        return std::from_chars(&what[from], &what[to], into).ptr == &what[to] && into > 0;
    };
    if (!number(first + 1, second, line) || !number(second + 1, end, column)) return;
    annotation.file = what.substr(0, first);
    annotation.line = line;
    annotation.column = column;
}

RunOutputs outputs_of(const std::string& scope, const RunState& run) {
    if (run.attempt == 0) return {run.id, "none"};
    return {run.id, run.open() ? "open" : text_of(run.outcome), run.revision.commit,
            run.has_ended("backup-capture/capture") ? restore_point_id(scope, run) : "",
            run.outcome == Outcome::rolled_back};
}

/// None where it cannot be read.
std::optional<RunState> run_at_work(World& world) {
    try {
        return RunRecord(world.store(), world.pipeline().scope(), world.run_at_work).state();
    } catch (const std::exception& error) {
        world.console.warning("what the host is told is not complete: " + std::string(error.what()));
    }
    return std::nullopt;
}

void publish(World& world, const RunOutputs& outputs) {
    try {
        world.host->publish(outputs);
    } catch (const std::exception& error) {
        world.console.warning("the host's file of outputs could not be written: " + std::string(error.what()));
    }
}

/// The report of the run, as far as it has come.
void summarise(World& world, const RunState& run) {
    const auto room = world.host->room_for_summary();
    if (!room || *room == 0) return;
    try {
        const RestorePoints points = world.restore_points();
        Report report = gather(read_report_sources(world.store(), points, world.pipeline().scope(), world.run_at_work,
                                                   "lastgood " + std::string(k_version)));
        report.next = world.console.completed(report.next);
        if (const auto cost = told_cost(world, run)) report.cost = say_cost(*cost);
        world.host->summarise(markdown(report, world.redaction, *room));
    } catch (const std::exception& error) {
        world.console.warning("the summary could not be written: " + std::string(error.what()));
    }
}

std::string section_of(const World& world) {
    return "lastgood-" + world.text.speaker;
}

}  // namespace

void speak_to(Host& host, World& world) {
    Console& console = world.console;
    if (Console::is_read_by_runner() && !world.is_driven())
        world.redaction.tell_of_each([&](const std::string& secret) { console.tell_runner(host.mask(secret)); });
    if (host.shows_colour()) console.use_colour();
    if (host.annotation_is_log_line())
        console.say_warnings([&host, title = world.text.speaker](const std::string& text) {
            Annotation annotation;
            annotation.severity = Severity::warning;
            annotation.title = title;
            annotation.text = text;
            return host.annotate(annotation);
        });
    if (world.is_driven()) console.tell_runner(host.open_section(section_of(world), world.text.speaker));
    if (!world.is_driven() && !host.exposure().empty()) console.warning(host.exposure());
}

void end_section(World& world) {
    if (world.is_driven()) world.console.tell_runner(world.host->close_section(section_of(world)));
}

void annotate(World& world, const Failure& failure) {
    Annotation annotation;
    annotation.title = world.text.speaker + ": exit " + std::to_string(status_of(failure.code()));
    const auto clean = [&](const std::string& text) { return world.console.safe(world.console.completed(text)); };
    annotation.text = clean(failure.what_happened());
    if (!failure.detail().empty()) annotation.text += "\ndetail: " + clean(failure.detail());
    if (!failure.changed().empty()) annotation.text += "\nchanged: " + clean(failure.changed());
    annotation.text += "\nnext: " + clean(failure.next());
    take_place(annotation.text.substr(0, annotation.text.find('\n')), annotation);
    world.console.tell_runner(world.host->annotate(annotation));
}

void hand_on(World& world, int status) {
    const bool is_heard = world.host->takes_outputs() || world.host->room_for_summary();
    if (!is_heard || world.is_driven() || world.options.dry_run || world.run_at_work.empty()) return;
    // Who sent a signal waits some seconds for our end, and no longer: a store may be slow.
    if (status > 128) return publish(world, {world.run_at_work, "interrupted"});
    const auto run = run_at_work(world);
    if (!run) return publish(world, {world.run_at_work, "unknown"});
    publish(world, outputs_of(world.pipeline().scope(), *run));
    if (run->attempt > 0) summarise(world, *run);
}

}  // namespace lastgood
