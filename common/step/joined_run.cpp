#include "step/joined_run.hpp"

#include "core/failure.hpp"
#include "core/names.hpp"
#include "core/quantity.hpp"
#include "git/remote_branch.hpp"
#include "git/repository.hpp"
#include "outside/clock.hpp"
#include "step/world.hpp"
#include "store/store.hpp"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <random>
#include <unistd.h>

namespace lastgood {

namespace {

std::string host_name() {
    char name[256] = {};
    gethostname(name, sizeof name - 1);
    return name;
}

/// It goes into names, keys and the commands that messages tell people to type.
void require_run_id(const std::string& id) {
    constexpr std::size_t longest = 100;
    const bool plain = std::all_of(
        id.begin(), id.end(), [](unsigned char c) { return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-'; });
    if (plain && id.size() <= longest && (id.empty() || std::isalnum(static_cast<unsigned char>(id.front())) != 0))
        return;
    throw Failure(ExitCode::usage, "that cannot be the id of a run: \"" + id.substr(0, longest) + "\"", "nothing",
                  "give --run-id or LASTGOOD_RUN_ID letters, digits, '.', '_' and '-', at most " +
                      std::to_string(longest) + " of them, the first a letter or digit");
}

std::string age_of(const RunState& run) {
    try {
        return say_duration(now() - parse_time(run.begun_at)) + " old";
    } catch (const std::invalid_argument&) {
        return "age unknown";
    }
}

bool expired(const RunState& run, Milliseconds expires) {
    try {
        return now() - parse_time(run.last_at) > expires;
    } catch (const std::invalid_argument&) {
        return false;
    }
}

[[noreturn]] void refuse_second(const RunState& open, const Pipeline& pipeline) {
    const bool old = expired(open, pipeline.expires);
    Failure failure(
        ExitCode::locked,
        "run " + open.id + " holds " + pipeline.scope() + " (" + age_of(open) + ", begun by " + open.actor + ")",
        "nothing",
        old ? "lastgood run --take-over " + open.id + "   it has waited longer than it may"
        : open.at_stake()
            ? "lastgood rollback --run-id " + open.id + "   or finish it: lastgood run --run-id " + open.id
            : "wait for it, or finish it: lastgood run --run-id " + open.id +
                  "; if it is dead: lastgood run --take-over " + open.id);
    throw failure;
}

}  // namespace

std::string make_run_id() {
    std::random_device random;
    char tail[8];
    std::snprintf(tail, sizeof tail, "%04x", random() & 0xffffU);
    return "local-" + compact_time(now()) + "-" + tail;
}

RunIdentity identify_run(const World& world, const std::optional<RunState>& open) {
    RunIdentity identity;
    const Environment& environment = world.environment;
    std::string who = world.host->actor();
    if (who.empty()) who = environment.first_of({"LOGNAME", "USER"});
    if (who.empty()) who = "uid " + std::to_string(getuid());
    identity.actor = who + " on " + host_name();
    identity.id = world.options.run_id;
    if (identity.id.empty()) identity.id = environment.first_of({"LASTGOOD_RUN_ID"});
    if (identity.id.empty()) identity.id = world.host->run_id();
    require_run_id(identity.id);
    identity.named = !identity.id.empty();
    if (!identity.named && open) identity.id = open->id;
    identity.host = {world.host->name(), world.host->attempt(), world.host->page()};
    identity.driven = !identity.id.empty() && environment.get("LASTGOOD_DRIVER") == identity.id;
    return identity;
}

Pinned pin(const Pipeline& pipeline, const Repository& repository, const std::optional<Revision>& live) {
    Pinned pinned;
    pinned.hotfix = pipeline.migrate.hotfix.has_value();
    if (pinned.hotfix) {
        pinned.revision = live ? *live : repository.resolve(pipeline.git.revision);
        return pinned;
    }
    const auto dirty = repository.tracked_changes();
    if (!dirty.empty()) {
        Failure failure(ExitCode::refused, "the work tree has changes that are not committed", "nothing",
                        "git commit or git stash them; a run is of a commit");
        throw failure.with_detail(dirty);
    }
    pinned.revision = repository.resolve(pipeline.git.revision);
    if (pipeline.git.on_rollback == OnRollback::none) return pinned;

    const auto branch = pipeline.git.branch.empty() ? repository.current_branch() : pipeline.git.branch;
    if (!branch)
        throw Failure(ExitCode::refused, "HEAD is detached and the pipeline names no branch to return", "nothing",
                      "set git.branch in the pipeline, or git.on_rollback: none");
    pinned.branch = *branch;
    if (!repository.remote_url(pipeline.git.remote))
        throw Failure(ExitCode::refused, "the repository has no remote \"" + pipeline.git.remote + "\"", "nothing",
                      "git remote add " + pipeline.git.remote + " URL, or set git.on_rollback: none");
    const Secret token = pipeline.git.token ? pipeline.git.token->value : Secret();
    const auto head = read_remote_ref(repository, pipeline.git.remote, "refs/heads/" + pinned.branch, token);
    if (!head)
        throw Failure(ExitCode::refused, "the remote has no branch \"" + pinned.branch + "\"", "nothing",
                      "git push " + pipeline.git.remote + " HEAD:refs/heads/" + pinned.branch);
    pinned.remote_head = *head;
    if (*head != pinned.revision.commit)
        pinned.remarks.push_back(pinned.branch + " of " + pipeline.git.remote + " is at " + head->substr(0, 12) +
                                 ", not at the pinned revision: a rollback will leave the branch to you");
    return pinned;
}

JoinedRun::JoinedRun(EnvironmentLedger ledger, RunRecord record, RunIdentity identity)
    : m_ledger(std::move(ledger)), m_record(std::move(record)), m_identity(std::move(identity)) {}

/// Asked anew each time: while we waited for the lock, another program of the same run may have begun it.
bool JoinedRun::is_new() const {
    const RunState now_recorded = state();
    return now_recorded.attempt == 0 || !now_recorded.open();
}

void JoinedRun::begin(const Pinned& pinned, const std::string& server_time, bool driven, const std::string& again) {
    const RunState before = state();
    if (const auto known = m_ledger.newest_of_tree(pinned.revision.tree);
        !pinned.hotfix && known && known->outcome == Outcome::rolled_back && again != pinned.revision.commit)
        throw Failure(
            ExitCode::refused,
            "the tree of " + pinned.revision.commit.substr(0, 12) + " was rolled back by run " + known->id +
                " and is not run again unasked",
            "nothing",
            "release another revision, or ask for it by name: lastgood run --again " + pinned.revision.commit);
    // An opening whose run-begun was never written (its program died in between) is completed, not repeated.
    const auto newest = m_ledger.newest();
    const bool claimed = newest && newest->run == id() && newest->attempt == before.attempt + 1;
    // The newest opening is read before this look: one that comes after it has our number.
    if (const auto open = m_ledger.open_run(); open && open->id != id())
        throw Failure(ExitCode::locked, "run " + open->id + " claimed the environment first", "nothing",
                      "run the same command again when it is done; lastgood status   shows it");
    Opening opening;
    opening.run = id();
    opening.attempt = before.attempt + 1;
    opening.revision = pinned.revision;
    opening.host = m_identity.actor;
    opening.at = say_time(now());
    opening.number = newest ? newest->number + 1 : 1;
    if (!claimed && !m_ledger.open(opening))
        throw Failure(ExitCode::locked, "another run claimed the environment at the same instant", "nothing",
                      "run the same command again when it is done; lastgood status   shows it");
    m_record.append("run-begun", "",
                    {{"attempt", opening.attempt},
                     {"revision", {{"commit", pinned.revision.commit}, {"tree", pinned.revision.tree}}},
                     {"branch", pinned.branch},
                     {"remote_head", pinned.remote_head},
                     {"actor", m_identity.actor},
                     {"driven", driven},
                     {"hotfix", pinned.hotfix},
                     {"host", m_identity.host.name},
                     {"host_attempt", m_identity.host.attempt},
                     {"page", m_identity.host.page},
                     {"begun_at", server_time}});
}

void JoinedRun::close(Outcome outcome, const std::string& why) {
    m_record.append("run-closed", "", {{"outcome", text_of(outcome)}, {"why", why}});
}

JoinedRun join_run(World& world, Join join, const std::string& wanted) {
    const Pipeline& pipeline = world.pipeline();
    EnvironmentLedger ledger(world.store(), pipeline.scope());
    const auto open = ledger.open_run();
    RunIdentity identity = identify_run(world, open);
    if (!wanted.empty()) identity.id = wanted;
    if (open && identity.id != open->id) refuse_second(*open, pipeline);
    if (identity.id.empty()) {
        if (join != Join::open_or_new && !ledger.newest())
            throw Failure(ExitCode::refused,
                          "no run is open in " + pipeline.scope() + ": the store " + world.store().address() +
                              " knows none at all",
                          "nothing",
                          join == Join::any
                              ? "lastgood rollback --without-store   if that store is lost or not mounted"
                              : "lastgood backup-capture   begins a run, or lastgood run; or mount the store");
        if (join != Join::open_or_new)
            throw Failure(ExitCode::refused, "no run is open in " + pipeline.scope(), "nothing",
                          join == Join::any
                              ? "lastgood history   shows the runs; lastgood rollback --to RUN --confirm " +
                                    pipeline.environment + "   returns to an older one"
                              : "lastgood backup-capture   begins a run, or lastgood run");
        identity.id = make_run_id();
    }
    world.run_at_work = identity.id;
    RunRecord record(world.store(), pipeline.scope(), identity.id, &world.crash);
    const RunState state = record.state();
    if (state.attempt == 0 && join != Join::open_or_new && !open)
        throw Failure(ExitCode::refused, "run " + identity.id + " never began: it has no restore point", "nothing",
                      wanted.empty() ? "lastgood backup-capture --run-id " + identity.id
                                     : "lastgood history   shows the runs that there were");
    return {std::move(ledger), std::move(record), std::move(identity)};
}

std::string restore_point_id(const std::string& scope, const RunState& run) {
    return "rp-" + short_hash(scope + "\n" + run.id + "\n" + std::to_string(run.attempt), 12);
}

}  // namespace lastgood
