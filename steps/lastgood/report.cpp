// report: everything that is known of one run, as a page or as Markdown.
#include "core/failure.hpp"
#include "core/quantity.hpp"
#include "core/version.hpp"
#include "outside/files.hpp"
#include "record/environment_ledger.hpp"
#include "report/html.hpp"
#include "report/markdown.hpp"
#include "report/sources.hpp"
#include "steps/lastgood/commands.hpp"

namespace lastgood {

namespace {

std::string run_to_report(World& world, const ReportOptions& options) {
    if (!options.run.empty()) return options.run;
    if (!world.options.run_id.empty()) return world.options.run_id;
    const EnvironmentLedger ledger(world.store(), world.pipeline().scope());
    if (const auto open = ledger.open_run()) return open->id;
    if (const auto newest = ledger.newest()) return newest->run;
    throw Failure(ExitCode::refused, "there is no run of " + world.pipeline().scope() + " yet", "nothing",
                  "lastgood run");
}

std::size_t limit_of(const ReportOptions& options) {
    const auto limit = parse_size(options.limit);
    if (!limit)
        throw Failure(ExitCode::usage, "--limit \"" + options.limit + "\" is no size", "nothing",
                      "lastgood report --limit 1MB   or 0B for all of it");
    return *limit;
}

Json to_json(const Report& report, const ReportOptions& options) {
    Json json{{"lastgood", k_record_format}, {"type", "report"},          {"run", report.run},
              {"attempt", report.attempt},   {"verdict", report.verdict}, {"next", report.next}};
    if (!options.html.empty()) json["html"] = options.html;
    if (!options.markdown.empty()) json["markdown"] = options.markdown;
    return json;
}

}  // namespace

void write_page(const std::string& file, const std::string& page) {
    try {
        replace_file(file, page);
    } catch (const FileError& error) {
        throw Failure(ExitCode::usage, "the page could not be written: " + std::string(error.what()), "nothing",
                      "name a file in a directory that you may write to");
    }
}

int write_report(World& world, const ReportOptions& options) {
    const std::size_t limit = limit_of(options);
    const std::string scope = world.pipeline().scope();
    const std::string run = run_to_report(world, options);
    Report report = gather(
        read_report_sources(world.store(), world.restore_points(), scope, run, "lastgood " + std::string(k_version)));
    if (report.attempt == 0)
        throw Failure(ExitCode::refused, "there is no run \"" + run + "\" of " + scope, "nothing", "lastgood history");
    report.next = world.console.completed(report.next);
    if (!options.html.empty()) write_page(options.html, html(report, world.redaction));
    const std::string text = markdown(report, world.redaction, limit);
    if (!options.markdown.empty()) write_page(options.markdown, text);
    if (world.options.json) {
        Json json = to_json(report, options);
        if (options.html.empty() && options.markdown.empty()) json["text"] = text;
        world.console.answer(json.dump(-1, ' ', false, Json::error_handler_t::replace));
        return 0;
    }
    for (const auto& file : {options.html, options.markdown})
        if (!file.empty()) world.console.info("wrote " + file);
    if (options.html.empty() && options.markdown.empty()) world.console.answer(text);
    return 0;
}

}  // namespace lastgood
