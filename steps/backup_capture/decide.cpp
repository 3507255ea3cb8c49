#include "steps/backup_capture/decide.hpp"

#include "core/failure.hpp"
#include "core/names.hpp"
#include "core/quantity.hpp"

#include <algorithm>

namespace lastgood {

namespace {

bool restores(const CaptureSettings& settings) {
    return settings.prove == Prove::restore;
}

bool standby_there(const CaptureFacts& facts) {
    return std::any_of(facts.marked.begin(), facts.marked.end(), [&](const MarkedDatabase& database) {
        return database.mark.kind == "standby" && database.mark.restore_point == facts.restore_point &&
               !database.allows_connections;
    });
}

bool proven(const CaptureFacts& facts, const CaptureSettings& settings) {
    if (settings.prove == Prove::none) return true;
    if (!facts.proof || (restores(settings) && facts.proof->method != "restore")) return false;
    return !settings.keep_standby || facts.instance || standby_there(facts);
}

/// Copies that killed programs left, and standbys of closed runs that this run's replaces.
std::vector<std::string> superseded(const CaptureFacts& facts) {
    std::vector<std::string> names;
    for (const auto& database : facts.marked) {
        const auto& runs = facts.replaceable_runs;
        const bool replaceable = std::find(runs.begin(), runs.end(), database.mark.run) != runs.end();
        const bool own = database.mark.restore_point == facts.restore_point;
        const std::string& kind = database.mark.kind;
        const bool nobody_s = kind == "copy" || kind == k_rehearsal_mark || (kind == k_proven_mark && !own);
        if (nobody_s || (kind == "standby" && !own && replaceable)) names.push_back(database.name);
    }
    return names;
}

std::string listed(const std::vector<std::string>& names) {
    std::string text;
    for (const auto& name : names) text += (text.empty() ? "\"" : ", \"") + name + "\"";
    return text;
}

void require_possible_cluster(const CaptureFacts& facts, const CaptureSettings& settings) {
    const ClusterState& cluster = *facts.cluster;
    if (!cluster.same_cluster)
        throw Failure(ExitCode::refused,
                      "stanza \"" + settings.pgbackrest->stanza +
                          "\" of pgBackRest backs up another cluster than the "
                          "one that database.url names",
                      "nothing", "correct pgbackrest.stanza or pgbackrest.config");
    if (!cluster.hindrance.empty()) throw Failure(ExitCode::refused, cluster.hindrance, "nothing", cluster.help);
    if (!cluster.other_databases.empty() && !settings.pgbackrest->other_databases)
        throw Failure(
            ExitCode::refused,
            "a rollback would take the other databases of the cluster back too: " + listed(cluster.other_databases),
            "nothing", "engine: snapshot, which returns one database; or pgbackrest.other_databases: accept");
    const std::uint64_t copy = estimated_copy(facts.database_size);
    if (restores(settings) && cluster.scratch_free && *cluster.scratch_free < copy)
        throw Failure(ExitCode::refused,
                      "the cluster has " + say_size(facts.database_size) + ", but " + cluster.scratch + " has only " +
                          say_size(*cluster.scratch_free) + " free to prove it in",
                      "nothing", "name a larger pgbackrest.scratch");
}

void require_room(const CaptureFacts& facts, const CaptureSettings& settings) {
    if (facts.cluster || facts.instance) return;
    const bool beside = restores(settings) && !settings.prove_url;
    const std::uint64_t dump = estimated_dump(facts.database_size, settings.compress == 0);
    const std::uint64_t copy = beside ? estimated_copy(facts.database_size) : 0;
    const std::string size = "the database has " + say_size(facts.database_size);
    if (settings.disk_limit && dump + copy > *settings.disk_limit)
        throw Failure(ExitCode::refused,
                      size + "; a restore point and its copy would take about " + say_size(dump + copy) +
                          ", more than disk_limit " + say_size(*settings.disk_limit),
                      "nothing", "raise disk_limit, or prove on another server with prove: { url: ... }");
    if (facts.store_free && *facts.store_free < dump)
        throw Failure(ExitCode::refused, size + ", but the store has only " + say_size(*facts.store_free) + " free",
                      "nothing", "lastgood backups prune, or give the store more room");
    if (beside && facts.server_free && *facts.server_free < copy)
        throw Failure(ExitCode::refused,
                      size + ", but the server's disk has only " + say_size(*facts.server_free) + " free for the copy",
                      "nothing", "give the server more room, or prove on another one with prove: { url: ... }");
    if (beside && !facts.server_free && !settings.disk_limit)
        throw Failure(
            ExitCode::refused,
            "the free space on the server's disk cannot be seen from here, and no disk_limit is given", "nothing",
            "set disk_limit (" + size + "; about " + say_size(dump + copy) + " are needed), or prove: { url: ... }");
}

void require_rights(const CaptureFacts& facts, const CaptureSettings& settings) {
    if (facts.cluster) return require_possible_cluster(facts, settings);
    if (facts.instance) return;
    const bool beside = restores(settings) && !settings.prove_url;
    if (beside && !facts.owns_database)
        throw Failure(ExitCode::refused,
                      "role \"" + facts.role + "\" does not own \"" + facts.database +
                          "\", so it can neither restore it beside the original as it is nor rename it in a rollback",
                      "nothing", "ALTER DATABASE \"" + facts.database + "\" OWNER TO \"" + facts.role + "\";");
    if (beside && !facts.may_create_databases)
        throw Failure(
            ExitCode::refused,
            "role \"" + facts.role + "\" may not create databases, so nothing can be restored beside the original",
            "nothing", "ALTER ROLE \"" + facts.role + "\" CREATEDB   or prove: { url: ... }, or prove: list");
}

/// Without an identity nothing that was written can be read back.
void require_provable(const CaptureFacts& facts, const CaptureSettings& settings) {
    if (!facts.locked || settings.prove == Prove::none) return;
    const std::string next = "set LASTGOOD_AGE_IDENTITY_FILE to an identity of one of encrypt.recipients";
    if (settings.prove == Prove::list)
        throw Failure(ExitCode::refused,
                      "prove: list reads the restore point back, but it is encrypted and there is no identity here",
                      "nothing", next + ", or prove: restore, which needs none");
    if (!facts.can_mirror)
        throw Failure(
            ExitCode::refused,
            "this engine's restore point can only be proven by reading it back, but it is encrypted and there "
            "is no identity here",
            "nothing", next + ", or engine: snapshot, which needs none");
    if (facts.manifest_there && facts.at_stake)
        throw Failure(ExitCode::refused,
                      "restore point " + facts.restore_point +
                          " is encrypted and not proven, and this run has changed something since",
                      "nothing", next + ", then lastgood backup-capture");
}

PlannedAction capture_action(const CaptureFacts& facts, bool in_passing) {
    return {"capture",
            "capture " + (facts.cluster ? "the cluster of " : std::string()) + facts.database + " (" +
                say_size(facts.database_size) + ") as restore point " + facts.restore_point +
                (facts.encrypted ? ", encrypted" : "") +
                (in_passing ? ", and prove it by restoring what passes by" : ""),
            false,
            true,
            {{"restore_point", facts.restore_point}}};
}

PlannedAction remove_action(const std::string& id, const std::string& why) {
    return {"remove-" + id, "remove restore point " + id + why, false, false, {{"restore_point", id}}};
}

PlannedAction prove_action(const CaptureFacts& facts, const CaptureSettings& settings) {
    if (!restores(settings)) return {"prove", "look whether " + facts.restore_point + " can be read", false};
    const std::string where = facts.instance       ? "on a server of its own"
                              : facts.cluster      ? "in " + facts.cluster->scratch
                              : settings.prove_url ? "on prove.url"
                                                   : "beside the original";
    return {"prove",
            "prove " + facts.restore_point + " by restoring it " + where +
                (settings.keep_standby ? ", kept as standby" : ""),
            false};
}

}  // namespace

std::uint64_t estimated_dump(std::uint64_t database_size, bool plain) {
    return plain ? database_size : database_size / 2;
}

std::uint64_t estimated_copy(std::uint64_t database_size) {
    return database_size + database_size / 5;
}

Plan decide(const CaptureFacts& facts, const CaptureSettings& settings) {
    Plan plan;
    plan.remarks = facts.remarks;
    if (facts.manifest_there && proven(facts, settings)) {
        plan.reason = "restore point " + facts.restore_point + " of this run exists" +
                      (settings.prove == Prove::none ? " (prove: none: it was never read back)" : " and is proven");
        return plan;
    }
    require_provable(facts, settings);
    require_rights(facts, settings);
    require_room(facts, settings);
    if (facts.fence_wanted)
        plan.actions.push_back({"raise-fence",
                                facts.holds_traffic
                                    ? "turn requests away and stop what runs of the application, until the verdict"
                                    : "make the database read only by default until the verdict",
                                true, true, Json::object(), true});
    for (const auto& name : facts.left_on_prove_server)
        plan.actions.push_back({"drop-copy-" + short_hash(name),
                                "drop the copy " + name + " on prove.url, which an earlier run left there",
                                false,
                                false,
                                {{"database", name}, {"on", "prove.url"}}});
    for (const auto& name : superseded(facts))
        plan.actions.push_back({"drop-copy-" + short_hash(name),
                                "drop the copy " + name + ", whose data is in the store or was never proven",
                                false,
                                false,
                                {{"database", name}}});
    const bool in_passing = facts.locked && restores(settings);
    if (!facts.manifest_there || in_passing) plan.actions.push_back(capture_action(facts, in_passing));
    if (settings.prove != Prove::none && !in_passing) plan.actions.push_back(prove_action(facts, settings));
    for (const auto& id : facts.expendable.points) plan.actions.push_back(remove_action(id, " (keep)"));
    for (const auto& id : facts.expendable.incomplete)
        plan.actions.push_back(remove_action(id, ", which was never completed"));
    if (!facts.owns_database)
        plan.remarks.push_back("role \"" + facts.role + "\" does not own \"" + facts.database +
                               "\": a rollback by it will be refused");
    if (facts.locked)
        plan.remarks.emplace_back(
            "there is no age identity here: what is proven is what passed by, and a rollback needs the standby or "
            "LASTGOOD_AGE_IDENTITY_FILE");
    if (facts.cluster && !facts.cluster->other_databases.empty())
        plan.remarks.push_back(
            "a rollback takes the other databases of the cluster back too, and they are not compared: " +
            listed(facts.cluster->other_databases));
    if (settings.prove == Prove::none)
        plan.remarks.push_back("prove: none: nobody will know whether this restore point can be restored");
    return plan;
}

}  // namespace lastgood
