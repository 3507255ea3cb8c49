#include "step/captured_digests.hpp"

#include "backup/keyed_digests.hpp"
#include "record/point_reader.hpp"

#include <algorithm>

namespace lastgood {

namespace {

std::string keyed(const TableFacts& table, const std::string& key) {
    ContentFacts contents;
    contents.tables = {table};
    key_digests(contents, key);
    return contents.tables.front().digest;
}

}  // namespace

bool any_asks_for_the_restore_point(const Pipeline& pipeline) {
    const auto& checks = pipeline.verify.checks;
    return std::any_of(checks.begin(), checks.end(),
                       [](const auto& check) { return std::holds_alternative<UnchangedCheck>(check.what); });
}

void learn_digests(Captured& captured, const Manifest& manifest, const RestorePoints& restore_points) {
    captured.digest = [](const TableFacts& table) { return table.digest; };
    if (manifest.encryption.empty()) return;
    const auto objects = restore_points.open(manifest);
    if (objects->locked()) {
        captured.trouble = "the digests of " + captured.restore_point + " are keyed, and there is no age identity here";
        return;
    }
    captured.digest = [key = objects->get(k_digest_key_object)](const TableFacts& table) { return keyed(table, key); };
}

}  // namespace lastgood
