#include "step/foreign_return.hpp"

#include "backup/cluster_engine.hpp"
#include "backup/cluster_point.hpp"
#include "backup/in_place_engine.hpp"
#include "backup/instance_engine.hpp"
#include "core/failure.hpp"
#include "database/fence_state.hpp"
#include "database/session.hpp"
#include "outside/process.hpp"
#include "platform/aws.hpp"
#include "platform/heroku.hpp"
#include "platform/platform.hpp"
#include "platform/typed_commands.hpp"
#include "record/point_reader.hpp"
#include "runbook/shell_text.hpp"
#include "runbook/swap_blocks.hpp"

#include <charconv>
#include <system_error>

namespace lastgood {

namespace {

constexpr const char* k_point_by_hand = "lastgood_failed_by_hand";
/// In the JSON of a command, whose word ends for it.
constexpr const char* k_host = "@host@";

std::string text_in(const Json& json, const char* key) {
    const auto found = json.is_object() ? json.find(key) : json.end();
    return found == json.end() || !found->is_string() ? "" : found->get<std::string>();
}

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
    const std::string ready = "for i in $(seq 600); do [ \"$(psql -X -A -t -d " + database_word(maintenance) +
                              " -c 'SELECT pg_catalog.pg_is_in_recovery()' 2> /dev/null)\" = f ] && break; "
                              "[ \"$i\" -lt 600 ] || { echo 'the server is not up after 10 minutes: its log says why' "
                              ">&2; exit 1; }; sleep 1; done";
    const ClusterPoint failed = failed_point(point);
    const std::string limit = alter(live, "CONNECTION LIMIT " + std::to_string(manifest.properties.connection_limit));
    const std::string where = "Where lastgood runs (stop, start and on_host of the pipeline reach the server)";
    const auto over = [&](const ClusterPoint& to) {
        return one_by_one(
            {say_command(settings.stop), engine->restore_over_command(to), say_command(settings.start), ready});
    };
    RunbookForeign way;
    const RunbookBlock sequences{"How far the sequences were used.",
                                 read_sequences_command(live, pipeline.rollback.sequence_margin)};
    const RunbookBlock beyond{
        "The sequences beyond what was issued, and the database open.",
        one_by_one({psql(maintenance, {alter(live, "ALLOW_CONNECTIONS true"), limit}), move_sequences_command(live)})};
    way.back = {
        sequences,
        {"In one session: the application is kept out, for what it wrote from here on would be lost; what is live "
         "now gets a name in the write-ahead log, and all of it goes to the archive. By that name it comes back "
         "(section 5). The last block lets the application in again. Wait until `pgbackrest check` is content.",
         psql(live, {alter(live, "CONNECTION LIMIT 0"), ending_statement({live}),
                     std::string("SELECT pg_catalog.pg_create_restore_point('") + k_point_by_hand + "')",
                     "SELECT pg_catalog.pg_switch_wal()"}) +
             " ||\n{ " + psql(maintenance, {limit}) +
             "; echo 'it was not done, and the database is open as it was' >&2; false; }"},
        {where + ": stop it, restore the whole cluster (its other databases too), start it.", over(point)},
        beyond};
    way.undo = {sequences, {where + ", as long as pgBackRest keeps the archive.", over(failed)}, beyond};
    return way;
}

/// Where what was live before the return is: an attempt that was called off left a name too, of what has gone on since.
ClusterPoint ForeignReturn::failed_point(const ClusterPoint& point) const {
    ClusterPoint failed = point;
    failed.target = k_point_by_hand;
    const auto note = run.notes.find("cluster_return");
    if (note == run.notes.end()) return failed;
    const std::string phase = text_in(note->second, "phase");
    const std::string name = text_in(note->second, "failed");
    const bool returned = phase == "restoring" || phase == "restored" || run.has_ended("rollback/return-cluster");
    if (!returned || name.empty()) return failed;
    failed.target = name;
    const std::string timeline = text_in(note->second, "timeline");
    unsigned long number = 0;
    const auto read = std::from_chars(timeline.data(), timeline.data() + timeline.size(), number, 16);
    if (read.ec == std::errc() && number > 0) failed.timeline = std::to_string(number);
    return failed;
}

RunbookForeign ForeignReturn::in_place(const EngineContext& context) const {
    const auto engine = make_in_place_engine(manifest.engine, context);
    const HerokuSettings& settings = *pipeline.heroku;
    const auto objects = world.restore_points().open(manifest);
    const std::string back = engine->restore_over_command(*objects);
    if (back.empty()) return unknown("it is encrypted, and there is no identity here");
    const std::string app = " --app " + shell_word(settings.app);
    const std::string live = databases.live_name();
    const std::string kept = kept_live();
    const bool known = traffic().is_object() && traffic().contains("formation");
    const std::string scale = "heroku ps:scale TYPE=";
    const RunbookBlock hold{
        "Turn requests away, and stop what runs." +
            (known
                 ? ""
                 : " What ran is not known here: note what is listed, and scale every type of it to 0, workers too: `" +
                       scale + "0" + app + "`."),
        commands->hold(traffic()) + (known ? "" : " && heroku ps" + app)};
    const auto open = [&](const std::string& when) {
        return RunbookBlock{"Let the application in again, " + when +
                                (known ? "" : " What was scaled to 0 above first: `" + scale + "QUANTITY" + app + "`."),
                            commands->let_in(traffic())};
    };
    const RunbookBlock sequences{"How far the sequences were used.",
                                 read_sequences_command(live, pipeline.rollback.sequence_margin)};
    const RunbookBlock beyond{"The sequences beyond what was issued.", move_sequences_command(live)};
    const std::string capture = "heroku pg:backups:capture " + shell_word(settings.database) + app;
    RunbookForeign way;
    way.back = {hold,
                sequences,
                {"Back up what is live now. The command prints the name of the backup, by which it comes back: "
                 "`kept=NAME` for section 5.",
                 capture},
                {"Restore.", back},
                beyond,
                open("after the code is returned (section 4).")};
    way.undo = {hold,
                sequences,
                {kept.empty() ? "`kept=NAME`: the backup that was taken of what was live before the return; the list "
                                "shows it."
                              : "What was live before the return was kept as " + kept + ".",
                 "heroku pg:backups" + app},
                {"Back up what is live now too.", capture},
                {"", kept.empty() ? ": \"${kept:?the backup of what was live before the return}\" && " +
                                        engine->restore_kept_command("\"$kept\"")
                                  : engine->restore_kept_command(kept)},
                beyond,
                open("once the release's own code serves.")};
    return way;
}

/// The note is there as soon as it is kept, and until the return is done.
std::string ForeignReturn::kept_live() const {
    if (const auto over = run.ended.find("rollback/restore-over"); over != run.ended.end())
        if (const std::string kept = text_in(over->second, "kept"); !kept.empty()) return kept;
    const auto note = run.notes.find("kept_live");
    return note != run.notes.end() && note->second.is_string() ? note->second.get<std::string>() : "";
}

RunbookForeign ForeignReturn::instance(const EngineContext& context) const {
    const auto engine = make_instance_engine(manifest.engine, context);
    const auto objects = world.restore_points().open(manifest);
    const std::string make = engine->restore_aside_command(*objects, manifest.id);
    if (make.empty()) return unknown("it is encrypted, and there is no identity here");
    const std::string server = rds_instance_of(manifest.id);
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
    const BeanstalkSettings& settings = *pipeline.beanstalk;
    const std::vector<std::string> describe{"rds", "describe-db-instances", "--db-instance-identifier", server};
    const auto described = [&](const std::vector<std::string>& more) {
        std::vector<std::string> words = describe;
        words.insert(words.end(), more.begin(), more.end());
        return typed_aws(settings, words);
    };
    const RunbookBlock address{
        "Its address.",
        typed_aws(settings, {"rds", "wait", "db-instance-available", "--db-instance-identifier", server}) +
            " &&\nexport restored=$(" + described({"--query", "DBInstances[0].Endpoint.Address", "--output", "text"}) +
            ")"};
    const std::string on_new = "PGHOST=\"${restored:?the address of the restored server}\" ";
    way.back.push_back({"A server of the restore point in the network of the old one, unless the proof's was kept.",
                        described({}) + " > /dev/null 2>&1 || {\n" + make + " > /dev/null\n}"});
    way.back.push_back(address);
    way.back.push_back(
        {"Close the old database, and move the sequences of the new one beyond the numbers that were "
         "issued.",
         one_by_one({on_old + read_sequences_command(live, pipeline.rollback.sequence_margin),
                     on_old + psql(maintenance, {alter(live, "CONNECTION LIMIT 0"), ending_statement({live})}),
                     on_new + move_sequences_command(live)})});
    if (pipeline.writes == Writes::closed && pipeline.database.admin_url) {
        const RaisedFence fence{"closed", live, pipeline.database.app_roles, std::nullopt};
        way.back.push_back(
            {"The snapshot was taken while the application's roles could not log in. Let them in on the "
             "new server. The password is put into `ADMIN_PASSWORD`, as in section 2.",
             on_new + "PGUSER=" + shell_word(databases.admin_url().part("user")) +
                 " PGPASSWORD=\"${ADMIN_PASSWORD:-${PGPASSWORD:-}}\" " + psql(maintenance, lifting_statements(fence))});
    }
    if (told) way.back.push_back({telling, point(k_host, releases.good_served, releases.good)});
    way.undo.push_back(address);
    way.undo.push_back(
        {"The old server is as it was. Open its database, and move its sequences beyond the numbers that the restored "
         "one issued.",
         one_by_one(
             {on_new + read_sequences_command(live, pipeline.rollback.sequence_margin),
              on_old + psql(maintenance,
                            {alter(live, "ALLOW_CONNECTIONS true"),
                             alter(live, "CONNECTION LIMIT " + std::to_string(manifest.properties.connection_limit))}),
              on_old + move_sequences_command(live)})});
    if (told) way.undo.push_back({telling, point(old_host, releases.served, run.revision)});
    return way;
}

}  // namespace lastgood
