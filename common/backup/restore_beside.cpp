#include "backup/restore_beside.hpp"

#include "backup/keyed_digests.hpp"
#include "core/failure.hpp"
#include "core/quantity.hpp"
#include "database/contents.hpp"
#include "database/properties.hpp"
#include "database/schema_dump.hpp"
#include "outside/console.hpp"
#include "outside/files.hpp"
#include "outside/interruption.hpp"
#include "record/point_reader.hpp"

#include <chrono>

namespace lastgood {

namespace {

void add_all(std::vector<std::string>& to, const std::vector<std::string>& from) {
    to.insert(to.end(), from.begin(), from.end());
}

std::vector<std::string> differences_of(const EngineContext& context, const Manifest& manifest,
                                        const ConnectionUrl& copy, const Expected& expected,
                                        const ContentFacts& found) {
    std::vector<std::string> differences = compare_contents(expected.contents, found);
    Session session(copy, context.application_name, context.interruption);
    add_all(differences, compare_properties(manifest.properties, read_properties(session, copy.database())));
    if (session.server_version() / 10000 != manifest.server_version / 10000) {
        context.console.warning("the schema was restored without an error and is not compared: PostgreSQL " +
                                std::to_string(session.server_version() / 10000) + " writes it in other words than " +
                                std::to_string(manifest.server_version / 10000));
        return differences;
    }
    const std::string schema = normalised_schema(context.programs, copy, "", context.application_name,
                                                 context.processes, context.leftover_mark);
    if (sha256(schema) != manifest.schema.fingerprint)
        differences.push_back("the schema differs:\n" + schema_difference(expected.schema, schema));
    return differences;
}

[[noreturn]] void refuse(const Manifest& manifest, std::vector<std::string> differences) {
    constexpr std::size_t k_shown = 20;
    if (differences.size() > k_shown) {
        const std::string rest = "and " + std::to_string(differences.size() - k_shown) + " more";
        differences.resize(k_shown);
        differences.push_back(rest);
    }
    Failure failure(
        ExitCode::failed_clean,
        "restore point " + manifest.id + " is not proven: what came back differs from what its snapshot saw", "nothing",
        "lastgood backups verify " + manifest.id +
            "   compares again; mostly the role may not restore owners or grants: take one that owns every object");
    throw failure.with_detail(differences);
}

RestoreResult fill_and_compare(const EngineContext& context, const CopyOrder& order, Session& session,
                               const std::function<Expected(const ConnectionUrl& copy)>& fill) {
    const ConnectionUrl copy = order.server.with_database(order.name);
    const Expected expected = fill(copy);
    const auto not_applied = apply_properties(session, order.name, order.manifest.properties);
    return compare_restored(context, order.manifest, copy, order.jobs, expected, not_applied);
}

}  // namespace

RestoreResult compare_restored(const EngineContext& context, const Manifest& manifest, const ConnectionUrl& copy,
                               int jobs, const Expected& expected, const std::vector<std::string>& not_applied) {
    context.console.progress("comparing what came back");
    ContentFacts found = read_contents(copy, context.application_name, "", jobs, context.interruption);
    if (!expected.digest_key.empty()) key_digests(found, expected.digest_key);
    auto differences = differences_of(context, manifest, copy, expected, found);
    add_all(differences, not_applied);
    if (!differences.empty()) refuse(manifest, differences);

    RestoreResult result;
    for (const auto& table : found.tables) result.rows += table.rows;
    result.tables = static_cast<long long>(found.tables.size());
    return result;
}

std::vector<std::string> differences_of_restored(const EngineContext& context, const Manifest& manifest,
                                                 const ConnectionUrl& copy, int jobs, Expected expected,
                                                 const std::function<bool(const std::string&)>& leave_out) {
    ContentFacts found = read_contents(copy, context.application_name, "", jobs, context.interruption);
    if (!expected.digest_key.empty()) key_digests(found, expected.digest_key);
    for (ContentFacts* contents : {&found, &expected.contents})
        std::erase_if(contents->tables, [&](const TableFacts& table) { return leave_out(table.qualified()); });
    return differences_of(context, manifest, copy, expected, found);
}

Expected expected_of(const Manifest& manifest, PointReader& objects) {
    return {manifest.contents, objects.get(k_schema_object),
            objects.has(k_digest_key_object) ? objects.get(k_digest_key_object) : ""};
}

RestoreResult fill_beside(const EngineContext& context, const CopyOrder& order,
                          const std::function<Expected(const ConnectionUrl& copy)>& fill) {
    const auto start = std::chrono::steady_clock::now();
    Session session(order.server, context.application_name, context.interruption);
    create_beside(session, order.name, order.manifest.properties, order.mark);
    RestoreResult result;
    try {
        result = fill_and_compare(context, order, session, fill);
    } catch (...) {
        // A copy that is not proven is worth nothing, and it takes room.
        const Interruption::Shield shield(context.interruption);
        try {
            Session cleaner(order.server, context.application_name, context.interruption);
            drop_marked(cleaner, order.server, order.name, order.mark.scope, {"copy"});
        } catch (const std::exception& error) {
            context.console.warning("the unproven copy " + order.name + " could not be dropped: " + error.what() +
                                    "; the next backup-capture drops it");
        }
        throw;
    }
    result.took_ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start).count();
    return result;
}

RestoreResult restore_beside(DatabaseEngine& engine, const EngineContext& context, const CopyOrder& order,
                             PointReader& objects) {
    objects.check_if_near();
    return fill_beside(context, order, [&](const ConnectionUrl& copy) {
        engine.restore(objects, copy, order.jobs);
        return expected_of(order.manifest, objects);
    });
}

void keep_as_standby(Session& session, const std::string& name, DatabaseMark mark) {
    seal(session, name);
    mark.kind = "standby";
    set_mark(session, name, mark);
}

}  // namespace lastgood
