// backups list and show: what restore points there are.
#include "core/failure.hpp"
#include "core/quantity.hpp"
#include "outside/clock.hpp"
#include "record/json_values.hpp"
#include "steps/lastgood/commands.hpp"
#include "store/store.hpp"

#include <algorithm>
#include <array>

namespace lastgood {

namespace {

std::uint64_t size_of(const Manifest& manifest) {
    std::uint64_t size = 0;
    for (const auto& object : manifest.objects) size += object.size;
    return size;
}

std::string say_proof(const std::optional<Proof>& proof) {
    if (!proof) return "not proven";
    return proof->method == "restore" ? "proven by restore (" + proof->where + ")" : "listed";
}

/// One restore point of the list; only `id` and `trouble` if it cannot be read.
struct Listed {
    std::string id;
    std::optional<Manifest> manifest;
    std::optional<Proof> proof;
    std::string trouble;
};

std::vector<Listed> all_points(const RestorePoints& points) {
    std::vector<Listed> all;
    for (const auto& id : points.ids()) {
        Listed listed{id, {}, {}, {}};
        try {
            listed.manifest = points.manifest(id);
            listed.proof = points.proof(id);
        } catch (const Failure& failure) {
            listed.manifest.reset();
            listed.trouble = failure.what_happened();
        }
        all.push_back(std::move(listed));
    }
    return all;
}

Json to_json(const Listed& listed) {
    Json json{{"lastgood", k_record_format}, {"type", "restore-point"}, {"id", listed.id}};
    if (!listed.manifest) {
        json["trouble"] = listed.trouble;
        return json;
    }
    const Manifest& manifest = *listed.manifest;
    json.update({{"run", manifest.run},
                 {"taken_at", manifest.taken_at},
                 {"bytes", size_of(manifest)},
                 {"engine", manifest.engine},
                 {"encryption", manifest.encryption},
                 {"proof", listed.proof ? listed.proof->method : ""},
                 {"fits", manifest.fits ? Json(*manifest.fits) : Json()}});
    return json;
}

using Line = std::array<std::string, 6>;

Line line_of(const Listed& listed) {
    if (!listed.manifest) return {listed.id, "cannot be read", "", "", "", ""};
    const Manifest& manifest = *listed.manifest;
    return {listed.id,
            manifest.taken_at.substr(0, 19),
            say_size(size_of(manifest)),
            say_proof(listed.proof) + (manifest.encryption.empty() ? "" : ", encrypted"),
            manifest.fits ? "good release " + std::to_string(*manifest.fits) : "-",
            manifest.run};
}

void print_table(Console& console, const std::vector<Line>& lines) {
    std::array<std::size_t, std::tuple_size_v<Line>> widths{};
    for (const Line& line : lines)
        for (std::size_t i = 0; i < line.size(); ++i) widths.at(i) = std::max(widths.at(i), line.at(i).size());
    for (const Line& line : lines) {
        std::string text;
        for (std::size_t i = 0; i < line.size(); ++i)
            text += line.at(i) + std::string(widths.at(i) - line.at(i).size() + 2, ' ');
        console.answer(text.substr(0, text.find_last_not_of(' ') + 1));
    }
}

}  // namespace

Manifest require_manifest(const RestorePoints& points, const std::string& id) {
    const auto manifest = points.manifest(id);
    if (!manifest)
        throw Failure(ExitCode::refused, "there is no restore point \"" + id + "\"", "nothing",
                      "lastgood backups list");
    return *manifest;
}

int list_backups(World& world) {
    const std::vector<Listed> all = all_points(world.restore_points());
    if (world.options.json) {
        for (const Listed& listed : all) world.console.answer(to_json(listed).dump());
        return 0;
    }
    if (all.empty()) {
        world.console.info("no restore points yet");
        return 0;
    }
    std::vector<Line> lines{{"ID", "TAKEN", "SIZE", "PROOF", "FITS", "RUN"}};
    for (const Listed& listed : all) lines.push_back(line_of(listed));
    print_table(world.console, lines);
    for (const Listed& listed : all)
        if (!listed.trouble.empty()) world.console.warning(listed.trouble);
    return 0;
}

int show_backup(World& world, const BackupsOptions& options) {
    const RestorePoints points = world.restore_points();
    const Manifest manifest = require_manifest(points, options.restore_point);
    if (world.options.json) {
        world.console.answer(to_json(manifest).dump());
        return 0;
    }
    std::uint64_t rows = 0;
    for (const auto& table : manifest.contents.tables) rows += table.rows;
    Console& console = world.console;
    console.answer(manifest.id + ", taken " + manifest.taken_at + " by run " + manifest.run + ", " +
                   say_proof(points.proof(manifest.id)));
    console.answer("  database " + manifest.database.name + " at " + manifest.database.address + ", PostgreSQL " +
                   std::to_string(manifest.server_version / 10000) + ", owner " + manifest.properties.owner);
    console.answer("  " + say_count(manifest.contents.tables.size(), "table") + ", " + say_count(rows, "row") + ", " +
                   say_size(size_of(manifest)) + " in " + say_count(manifest.objects.size(), "object"));
    console.answer("  fits " + (manifest.fits ? "good release " + std::to_string(*manifest.fits) + ", " +
                                                    manifest.fits_revision.commit.substr(0, 12)
                                              : std::string("no good release")));
    console.answer("  schema " + manifest.schema.fingerprint.substr(0, 12) + ", " +
                   say_count(manifest.schema.heads.size(), "migration") + " applied");
    console.answer("  at " + points.store().address() + "/" + points.prefix(manifest.id));
    for (const auto& left_out : manifest.contents.not_compared) console.answer("  not compared: " + left_out);
    return 0;
}

}  // namespace lastgood
