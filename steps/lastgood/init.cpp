// init: a first pipeline, from what the repository shows.
#include "core/failure.hpp"
#include "core/shell_word.hpp"
#include "git/repository.hpp"
#include "outside/files.hpp"
#include "record/event.hpp"
#include "steps/lastgood/checkout.hpp"
#include "steps/lastgood/commands.hpp"
#include "steps/lastgood/first_pipeline.hpp"

#include <filesystem>

namespace lastgood {

namespace {

namespace fs = std::filesystem;

constexpr const char* k_usual_name = "lastgood.yaml";

/// Where the pipeline goes, as it is typed from here.
std::string file_of(const fs::path& top, const InitOptions& options) {
    if (!options.output.empty()) return options.output;
    const fs::path here = fs::current_path();
    const fs::path file = (top / k_usual_name).lexically_normal();
    return file.lexically_relative(here).string();
}

FirstPipeline pipeline_of(const Repository& repository) {
    const RepositoryFacts facts = facts_of(look_at_checkout(repository));
    if (!facts.migrators.empty()) return first_pipeline(facts);
    throw Failure(ExitCode::refused, "nothing in this repository shows who migrates", "nothing",
                  "git add the migrations, then lastgood init; a program that is not among those looked for goes by "
                  "framework: command (pipelines/README.md)")
        .with_detail(
            "looked in what git tracks for manage.py, alembic.ini, db/migrate with a Rakefile, sqitch.conf, and "
            "directories of NNNN_name.sql, dbmate's too");
}

Json to_json(const FirstPipeline& pipeline, const std::string& file, bool written) {
    Json variables = Json::object();
    for (const auto& [name, meaning] : pipeline.variables) variables[name] = meaning;
    return {{"lastgood", k_record_format}, {"type", "first-pipeline"}, {"file", file},         {"written", written},
            {"found", pipeline.found},     {"variables", variables},   {"text", pipeline.text}};
}

void write_new(const std::string& file, const std::string& text) {
    bool made = false;
    try {
        made = create_file(fs::absolute(file), text);
    } catch (const FileError& error) {
        throw Failure(ExitCode::refused, std::string("the pipeline cannot be written: ") + error.what(), "nothing",
                      "lastgood init --output FILE   writes another; --dry-run prints it");
    }
    if (made) return;
    throw Failure(ExitCode::refused, file + " is there already, and is not overwritten", "nothing",
                  "lastgood init --output FILE   writes another; --dry-run prints it");
}

void say_what_is_next(Console& console, const FirstPipeline& pipeline, const std::string& file) {
    console.info("wrote " + file + "; each line says why it is there");
    for (const auto& [name, meaning] : pipeline.variables) console.info("set " + name + ": " + meaning);
    if (file != k_usual_name) console.complete_commands("--pipeline " + shell_word(file));
    console.info("next: lastgood check   connects, changes nothing, and says what would go wrong");
}

}  // namespace

int init_pipeline(World& world, const InitOptions& options) {
    const fs::path near = options.output.empty() ? fs::current_path() : fs::absolute(options.output).parent_path();
    const Repository repository = Repository::open(near);
    const std::string file = file_of(repository.work_tree(), options);
    const FirstPipeline pipeline = pipeline_of(repository);
    const bool only_shown = world.options.dry_run;
    if (!only_shown) write_new(file, pipeline.text);
    for (const auto& sentence : pipeline.found) world.console.info("found: " + sentence);
    if (!only_shown) say_what_is_next(world.console, pipeline, file);
    if (world.options.json)
        world.console.answer(to_json(pipeline, file, !only_shown).dump(-1, ' ', false, Json::error_handler_t::replace));
    else if (only_shown)
        world.console.answer(pipeline.text.substr(0, pipeline.text.size() - 1));
    return 0;
}

}  // namespace lastgood
