#include "pipeline/sections.hpp"

namespace lastgood {
namespace {

Prove read_how(const SectionReader& section, std::string_view key) {
    return section.choice<Prove>(key, {{"restore", Prove::restore}, {"list", Prove::list}, {"none", Prove::none}});
}

void read_proof(const SectionReader& capture, CaptureSettings& settings) {
    if (!capture.is_map("prove")) {
        settings.prove = read_how(capture, "prove");
        return;
    }
    const SectionReader prove = capture.section("prove");
    settings.prove = read_how(prove, "how");
    settings.prove_jobs = static_cast<int>(prove.number("jobs"));
    if (prove.has("url")) settings.prove_url = prove.secret("url");
    for (const char* key : {"jobs", "url"}) {
        if (settings.prove == Prove::restore || !prove.has(key)) continue;
        prove.refuse(key, std::string("prove.") + key + " means nothing where nothing is restored",
                     std::string("write how: restore, or remove ") + key);
    }
}

void require_possible_standby(const SectionReader& capture, const CaptureSettings& settings) {
    if (!settings.keep_standby) return;
    if (settings.prove != Prove::restore) {
        capture.refuse("standby", "standby: keep wants prove: restore, which makes the database that is kept",
                       "write prove: restore, or standby: drop");
    }
    if (settings.prove_url) {
        capture.refuse("standby", "standby: keep wants the proof beside the original, but prove.url is another server",
                       "remove url from prove, or write standby: drop");
    }
}

PgBackRestSettings read_pgbackrest(const SectionReader& section) {
    PgBackRestSettings settings;
    settings.stanza = section.text("stanza");
    settings.type = section.text("type");
    if (section.has("config")) settings.config = section.text("config");
    settings.as = section.list("as");
    settings.on_host = section.has("on_host") ? section.list("on_host") : settings.as;
    settings.stop = section.list("stop");
    settings.start = section.list("start");
    if (section.has("scratch")) settings.scratch = section.text("scratch");
    settings.other_databases = section.choice<bool>("other_databases", {{"refuse", false}, {"accept", true}});
    settings.timeout = section.duration("timeout");
    for (const char* key : {"config", "scratch"})
        if (section.has(key) && !section.text(key).starts_with('/'))
            section.refuse(key, std::string(key) + " is not an absolute path",
                           "write where it is from the root on; pgBackRest may run as another user");
    return settings;
}

/// pgBackRest has its own ways of compressing and encrypting, and a cluster cannot be restored beside a database.
void require_possible_with_pgbackrest(const SectionReader& capture, const CaptureSettings& settings) {
    if (!settings.pgbackrest)
        capture.refuse("engine", "engine: pgbackrest wants the section pgbackrest",
                       "add pgbackrest: { stanza: ..., stop: [...], start: [...], scratch: /... }");
    if (settings.keep_standby)
        capture.refuse("standby", "a standby is a database; engine pgbackrest restores whole clusters",
                       "remove standby, or take engine: snapshot");
    if (settings.prove_url)
        capture.refuse("prove", "engine pgbackrest restores in pgbackrest.scratch, not on another server",
                       "remove url from prove");
    if (settings.prove == Prove::restore && settings.pgbackrest->scratch.empty())
        capture.refuse("pgbackrest", "prove: restore wants a directory to restore the cluster in",
                       "add scratch: /... to pgbackrest");
    for (const char* key : {"compress", "disk_limit"})
        if (capture.has(key))
            capture.refuse(key, std::string(key) + " means nothing to engine pgbackrest",
                           std::string("remove ") + key + "; pgBackRest's own configuration says it");
}

}  // namespace

OnFailure read_on_failure(const SectionReader& section, std::string_view key) {
    return section.choice<OnFailure>(key, {{"stop", OnFailure::stop}, {"rollback", OnFailure::rollback}});
}

CaptureSettings read_capture(const SectionReader& capture) {
    CaptureSettings settings;
    settings.engine = capture.text("engine");
    settings.jobs = static_cast<int>(capture.number("jobs"));
    if (capture.has("compress")) settings.compress = static_cast<int>(capture.number("compress"));
    read_proof(capture, settings);
    settings.keep_standby = capture.choice<bool>("standby", {{"keep", true}, {"drop", false}});
    require_possible_standby(capture, settings);
    if (capture.has("disk_limit")) settings.disk_limit = capture.size("disk_limit");
    const SectionReader keep = capture.section("keep");
    settings.keep_last = static_cast<int>(keep.number("last"));
    settings.keep_good = static_cast<int>(keep.number("good"));
    if (keep.has("days")) settings.keep_for = std::chrono::hours(24) * static_cast<long>(keep.number("days"));
    settings.on_failure = read_on_failure(capture, "on_failure");
    if (capture.has("pgbackrest")) settings.pgbackrest = read_pgbackrest(capture.section("pgbackrest"));
    if (settings.engine == "pgbackrest") {
        require_possible_with_pgbackrest(capture, settings);
    } else if (settings.pgbackrest) {
        capture.refuse("pgbackrest", "pgbackrest: means nothing to engine " + settings.engine,
                       "write engine: pgbackrest, or remove it");
    }
    return settings;
}

RehearseSettings read_rehearse(const SectionReader& section) {
    RehearseSettings settings;
    const SectionReader locks = section.section("max_lock");
    const std::pair<const char*, const char*> modes[] = {{"access_exclusive", "AccessExclusiveLock"},
                                                         {"exclusive", "ExclusiveLock"},
                                                         {"share_row_exclusive", "ShareRowExclusiveLock"},
                                                         {"share", "ShareLock"},
                                                         {"share_update_exclusive", "ShareUpdateExclusiveLock"}};
    for (const auto& [key, mode] : modes)
        if (locks.has(key)) settings.max_lock[mode] = locks.duration(key);
    if (section.has("max_duration")) settings.max_duration = section.duration("max_duration");
    if (section.has("max_wal")) settings.max_wal = section.size("max_wal");
    settings.unisolated = section.choice<bool>("unisolated", {{"refuse", false}, {"accept", true}});
    settings.environment = section.list("environment");
    return settings;
}

HotfixSettings read_hotfix(const SectionReader& section) {
    return {section.text("script"), section.list("shell"), section.number_list("expect_rows"),
            section.is_list("expect_rows"), section.choice<bool>("unisolated", {{"refuse", false}, {"accept", true}})};
}

/// Frameworks that know themselves what is applied would not listen to these.
void read_command(const SectionReader& migrate, MigrateSettings& settings) {
    if (settings.framework != "command") {
        for (const char* key : {"heads", "pending"})
            if (migrate.has(key))
                migrate.refuse(key, std::string(key) + " means nothing to framework " + settings.framework,
                               std::string("remove ") + key + ", or write framework: command");
        return;
    }
    for (const char* key : {"program", "heads"})
        if (!migrate.has(key))
            migrate.refuse("framework", std::string("framework: command wants ") + key,
                           key == std::string("heads") ? "add heads: \"select ...\", the names of what is applied"
                                                       : "add program: [...], what migrates");
    settings.heads = migrate.text("heads");
    settings.pending = migrate.list("pending");
}

MigrateSettings read_migrate(const SectionReader& migrate) {
    MigrateSettings settings;
    settings.framework = migrate.text("framework");
    settings.runs_on = migrate.choice<RunsOn>(
        "run", {{"here", RunsOn::here}, {"one_off", RunsOn::one_off}, {"on_deploy", RunsOn::deploy}});
    settings.directory = migrate.text("directory");
    settings.program = migrate.list("program");
    read_command(migrate, settings);
    settings.prepare = migrate.list("prepare");
    settings.carry = migrate.list("carry");
    settings.lock_timeout = migrate.duration("lock_timeout");
    settings.backfill_lock_timeout = migrate.duration("backfill_lock_timeout");
    settings.statement_timeout = migrate.duration("statement_timeout");
    settings.timeout = migrate.duration("timeout");
    settings.retry_for = migrate.duration("retry_for");
    settings.max_queue = migrate.duration("max_queue");
    settings.remove_invalid_indexes = migrate.flag("remove_invalid_indexes");
    if (migrate.has("max_age")) settings.max_age = migrate.duration("max_age");
    settings.drift_allowed = migrate.choice<bool>("drift", {{"refuse", false}, {"allow", true}});
    if (migrate.has("hotfix")) settings.hotfix = read_hotfix(migrate.section("hotfix"));
    if (settings.hotfix && migrate.has("rehearse"))
        migrate.refuse("rehearse", "a hotfix is tried in a transaction that is rolled back, not in a clone",
                       "remove rehearse");
    if (migrate.is_map("rehearse")) {
        settings.rehearse = read_rehearse(migrate.section("rehearse"));
    } else if (migrate.flag("rehearse")) {
        settings.rehearse = RehearseSettings{};
    }
    settings.on_failure = read_on_failure(migrate, "on_failure");
    return settings;
}

VerifySettings read_verify(const SectionReader& verify) {
    VerifySettings settings;
    for (const SectionReader& check : verify.entries("checks")) settings.checks.push_back(read_check(check));
    settings.jobs = static_cast<int>(verify.number("jobs"));
    settings.evidence_rows = verify.choice<bool>("evidence", {{"keys", false}, {"rows", true}});
    settings.junit = verify.text("junit");
    settings.on_failure = read_on_failure(verify, "on_failure");
    settings.on_unknown = read_on_failure(verify, "on_unknown");
    return settings;
}

RollbackSettings read_rollback(const SectionReader& rollback) {
    RollbackSettings settings;
    settings.strategy = rollback.choice<Strategy>(
        "strategy", {{"restore", Strategy::restore}, {"down", Strategy::down}, {"auto", Strategy::automatic}});
    settings.max_lost = rollback.number("max_lost");
    settings.keep_failed = rollback.duration("keep_failed");
    settings.sequence_margin = rollback.number("sequence_margin");
    settings.before_open = rollback.list("before_open");
    return settings;
}

}  // namespace lastgood
