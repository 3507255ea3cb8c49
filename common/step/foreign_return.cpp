#include "step/foreign_return.hpp"

#include "backup/cluster_engine.hpp"
#include "backup/cluster_point.hpp"
#include "backup/in_place_engine.hpp"
#include "backup/instance_engine.hpp"
#include "core/failure.hpp"
#include "database/session.hpp"
#include "outside/process.hpp"
#include "platform/aws.hpp"
#include "platform/heroku.hpp"
#include "platform/platform.hpp"
#include "platform/typed_commands.hpp"
#include "record/point_reader.hpp"
#include "runbook/shell_text.hpp"
#include "runbook/swap_blocks.hpp"

namespace lastgood {

namespace {

constexpr const char* k_point_by_hand = "lastgood_failed_by_hand";
/// In the JSON of a command, whose word ends for it.
constexpr const char* k_host = "@host@";

std::string alter(const std::string& database, const std::string& what) {
    return "ALTER DATABASE " + quoted_name(database) + " " + what;
}

}  // namespace

std::optional<RunbookForeign> ForeignReturn::read() const {
    const std::string& engine = manifest.engine;
    const bool foreign = is_cluster_engine(engine) || is_in_place_engine(engine) || is_instance_engine(engine);
    if (!foreign) return std::nullopt;
    try {
        const ClientPrograms programs =
            ClientPrograms::of_major(manifest.server_version / 10000, world.processes, world.environment);
        const EngineContext context = engine_context(world, databases, programs, "runbook");
        if (is_cluster_engine(engine)) return cluster(context);
        return is_in_place_engine(engine) ? in_place(context) : instance(context);
    } catch (const Failure& failure) {
        return unknown(failure.what_happened());
    }
}

/// It says why, and where a person looks.
RunbookForeign ForeignReturn::unknown(const std::string& why) const {
    const std::string words = "The commands could not be written here (" + why +
                              "). common/backup/README.md of lastgood has "
                              "them for engine " +
                              manifest.engine + "; the objects of the restore point name what is wanted.";
    return {{{words, ""}}, {{words, ""}}};
}

Json ForeignReturn::traffic() const {
    const auto note = run.notes.find("fence");
    return note == run.notes.end() || !note->second.is_object() ? Json(nullptr) : note->second.value("traffic", Json());
}

RunbookForeign ForeignReturn::cluster(const EngineContext& context) const {
    const auto engine = make_cluster_engine(manifest.engine, context, pipeline.capture);
    const PgBackRestSettings& settings = *pipeline.capture.pgbackrest;
    const auto objects = world.restore_points().open(manifest);
    if (objects->locked()) return unknown("it is encrypted, and there is no identity here");
    const ClusterPoint point = read_cluster_point(*objects);
    const std::string live = databases.live_name();
    const std::string maintenance = databases.maintenance_url().database();
    const std::string ready = "until [ \"$(psql -X -A -t -d " + database_word(maintenance) +
                              " -c 'SELECT pg_catalog.pg_is_in_recovery()' 2> /dev/null)\" = f ]; do sleep 1; done";
    ClusterPoint failed = point;
    failed.target = k_point_by_hand;
    const auto note = run.notes.find("cluster_return");
    if (note != run.notes.end() && note->second.is_object() && !note->second.value("failed", "").empty()) {
        failed.target = note->second.value("failed", "");
        failed.timeline = std::to_string(std::stoul(note->second.value("timeline", "1"), nullptr, 16));
    }
    const auto over = [&](const ClusterPoint& to) {
        return one_by_one(
            {say_command(settings.stop), engine->restore_over_command(to), say_command(settings.start), ready});
    };
    RunbookForeign way;
    way.back.push_back(
        {"What is live now has a name in the write-ahead log, and all of it goes to the archive: by that "
         "name it comes back (section 5). Wait until `pgbackrest check` is content.",
         psql(live, {std::string("SELECT pg_catalog.pg_create_restore_point('") + k_point_by_hand + "')",
                     "SELECT pg_catalog.pg_switch_wal()"})});
    way.back.push_back(
        {"How far the sequences were used.", read_sequences_command(live, pipeline.rollback.sequence_margin)});
    way.back.push_back(
        {"On the database's host: stop the server, restore the whole cluster (its other databases too), "
         "start it.",
         over(point)});
    way.back.push_back(
        {"The sequences beyond what was issued, and the database open.",
         one_by_one({psql(maintenance, {alter(live, "ALLOW_CONNECTIONS true")}), move_sequences_command(live)})});
    way.undo.push_back({"On the database's host, as long as pgBackRest keeps the archive.", over(failed)});
    way.undo.push_back({"", psql(maintenance, {alter(live, "ALLOW_CONNECTIONS true")})});
    return way;
}

RunbookForeign ForeignReturn::in_place(const EngineContext& context) const {
    const auto engine = make_in_place_engine(manifest.engine, context);
    const HerokuSettings& settings = *pipeline.heroku;
    const auto objects = world.restore_points().open(manifest);
    const std::string back = engine->restore_over_command(*objects);
    if (back.empty()) return unknown("it is encrypted, and there is no identity here");
    const std::string app = " --app " + shell_word(settings.app);
    const auto note = run.notes.find("kept_live");
    const std::string kept = note != run.notes.end() && note->second.is_string() ? note->second.get<std::string>() : "";
    const RunbookBlock hold{"Turn requests away, and stop what runs.", commands->hold(traffic())};
    const RunbookBlock open{"Let the application in again, after the code is returned (section 4).",
                            commands->let_in(traffic())};
    RunbookForeign way;
    way.back = {hold,
                {"Back up what is live now: the command prints the name of the backup, by which it comes back.",
                 "heroku pg:backups:capture " + shell_word(settings.database) + app},
                {"Restore.", back},
                open};
    way.undo = {hold,
                {kept.empty() ? "`$kept` is the backup that was taken of what was live; the list shows it."
                              : "What was live was kept as " + kept + ".",
                 "heroku pg:backups" + app},
                {"", engine->restore_kept_command(kept.empty() ? "\"$kept\"" : kept)},
                open};
    return way;
}

RunbookForeign ForeignReturn::instance(const EngineContext& context) const {
    const auto engine = make_instance_engine(manifest.engine, context);
    const auto objects = world.restore_points().open(manifest);
    const std::string make = engine->restore_aside_command(*objects, manifest.id);
    if (make.empty()) return unknown("it is encrypted, and there is no identity here");
    const std::string server = shell_word(rds_instance_of(manifest.id));
    const std::string live = databases.live_name();
    const std::string maintenance = databases.maintenance_url().database();
    const auto point = [&](const std::string& host, const std::string& served, const Revision& revision) {
        const ConnectionUrl& url = databases.live_url();
        std::string command =
            commands->repoint({live, host, url.part("port"), url.part("user"), Secret()}, served, revision);
        const std::string there = "'\"$restored\"'";
        for (auto at = command.find(k_host); at != std::string::npos; at = command.find(k_host, at + there.size()))
            command.replace(at, std::string(k_host).size(), there);
        return command;
    };
    const auto aside = run.ended.find("rollback/set-aside");
    const std::string old_host =
        aside == run.ended.end() ? databases.live_url().part("host") : aside->second.value("old_host", "");
    const std::string on_old = "PGHOST=" + shell_word(old_host) + " ";
    const bool told = pipeline.database.located && pipeline.deploy_settings().run.empty();
    const std::string telling = "Tell the application where its database is, with the release that fits it.";
    RunbookForeign way;
    way.back.push_back(
        {"A server of the restore point, unless the proof's was kept (`aws rds describe-db-instances` "
         "shows it); give it the network of the old one.",
         make});
    way.back.push_back(
        {"Its address.", one_by_one({"aws rds wait db-instance-available --db-instance-identifier " + server}) +
                             " &&\nexport restored=$(aws rds describe-db-instances --db-instance-identifier " + server +
                             " --query 'DBInstances[0].Endpoint.Address' --output text)"});
    way.back.push_back(
        {"Close the old database, and move the sequences of the new one beyond the numbers that were "
         "issued.",
         one_by_one({on_old + read_sequences_command(live, pipeline.rollback.sequence_margin),
                     on_old + psql(maintenance, {alter(live, "CONNECTION LIMIT 0"), ending_statement({live})}),
                     "PGHOST=\"$restored\" " + move_sequences_command(live)})});
    if (told) way.back.push_back({telling, point(k_host, releases.good_served, releases.good)});
    way.undo.push_back(
        {"The old server is as it was. Open its database.",
         on_old + psql(maintenance,
                       {alter(live, "CONNECTION LIMIT " + std::to_string(manifest.properties.connection_limit))})});
    if (told) way.undo.push_back({telling, point(old_host, releases.served, run.revision)});
    return way;
}

}  // namespace lastgood
