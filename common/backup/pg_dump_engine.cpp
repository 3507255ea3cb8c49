#include "backup/pg_dump_engine.hpp"

#include "backup/archive_list.hpp"
#include "backup/dump_digest.hpp"
#include "backup/postgres_client.hpp"
#include "backup/restore_errors.hpp"
#include "core/failure.hpp"
#include "outside/console.hpp"
#include "outside/files.hpp"
#include "outside/parallel.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <string_view>

namespace lastgood {

namespace {

/// How long pg_dump waits for a lock at its start: a migration that somebody runs by hand must not hold a capture for
/// ever.
constexpr const char* k_lock_wait = "--lock-wait-timeout=30000";

/// pg_dump's own.
constexpr int k_compress = 6;

/// pg_dump and pg_restore set these themselves; the others we start do not.
ConnectionUrl without_time_limits(const ConnectionUrl& url) {
    return url.with_setting("statement_timeout", "0").with_setting("idle_in_transaction_session_timeout", "0");
}

class PgDumpEngine : public Engine {
  public:
    explicit PgDumpEngine(const EngineContext& context) : m_context(context), m_client(m_context) {}

    std::string name() const override { return "pg_dump"; }
    std::vector<TableDigest> capture(const CaptureOrder& order) override;
    void list(const std::filesystem::path& objects) override;
    void restore(const std::filesystem::path& objects, const ConnectionUrl& url, int jobs) override;
    bool has_user_mappings(const std::filesystem::path& objects) override;
    void restore_user_mappings(const std::filesystem::path& objects, const ConnectionUrl& url) override;

  private:
    using Wanted = std::function<bool(const ArchiveEntry&)>;
    static std::filesystem::path dump_of(const std::filesystem::path& objects) { return objects / "dump"; }
    /// "" if there is none.
    static std::filesystem::path data_file(const std::filesystem::path& objects, const ArchiveEntry& entry);
    std::vector<TableDigest> digests(const CaptureOrder& order) const;
    std::vector<ArchiveEntry> entries(const std::filesystem::path& objects) const;
    bool restores_as_superuser(const ConnectionUrl& url) const;
    void restore_entries(const std::filesystem::path& objects, const ConnectionUrl& url, int jobs,
                         const Wanted& wanted) const;
    void vacuum(const ConnectionUrl& url, int jobs) const;

    EngineContext m_context;
    PostgresClient m_client;
};

/// What the digest's format pins and pg_dump does not: a text that means the same under any setting.
ConnectionUrl with_digest_settings(const ConnectionUrl& url) {
    return url.with_setting("timezone", "UTC")
        .with_setting("bytea_output", "hex")
        .with_setting("quote_all_identifiers", "off");
}

std::vector<TableDigest> PgDumpEngine::capture(const CaptureOrder& order) {
    std::vector<std::string> argv{m_context.programs.pg_dump(),
                                  "--format=directory",
                                  "--jobs=" + std::to_string(order.jobs),
                                  "--compress=" + std::to_string(order.compress.value_or(k_compress)),
                                  "--no-subscriptions",
                                  "--no-sync",  // what is published is flushed by the store
                                  k_lock_wait,
                                  "--verbose",
                                  "--file=" + dump_of(order.target).string()};
    if (!order.snapshot.empty()) argv.push_back("--snapshot=" + order.snapshot);
    const ConnectionUrl url = with_digest_settings(order.url);
    const auto outcome = m_client.run(argv, &url);
    if (!outcome.result.ok()) throw dump_failure(outcome.errors, order.target.string(), outcome.result.say_end());
    return digests(order);
}

std::filesystem::path PgDumpEngine::data_file(const std::filesystem::path& objects, const ArchiveEntry& entry) {
    const std::string file = (dump_of(objects) / (std::to_string(entry.id) + ".dat")).string();
    for (const std::string_view suffix : {"", ".gz", ".lz4", ".zst"}) {
        if (std::filesystem::exists(file + std::string(suffix))) return file + std::string(suffix);
    }
    return {};
}

/// Reading back what was written costs less than a second look at the tables by the server, and it is a proof that the
/// archive can be read.
std::vector<TableDigest> PgDumpEngine::digests(const CaptureOrder& order) const {
    if (order.tables.empty()) return {};
    std::map<std::uint32_t, const CatalogueTable*> by_oid;
    for (const CatalogueTable& table : order.tables) {
        if (digestible_from_dump(table)) by_oid[table.facts.oid] = &table;
    }
    m_context.console.progress("reading the archive back");
    std::vector<std::pair<std::filesystem::path, const CatalogueTable*>> work;
    for (const ArchiveEntry& entry : entries(order.target)) {
        const auto table = by_oid.find(entry.oid);
        if (!entry.is("TABLE DATA") || table == by_oid.end()) continue;
        work.emplace_back(data_file(order.target, entry), table->second);
    }
    std::stable_sort(work.begin(), work.end(),
                     [](const auto& a, const auto& b) { return a.second->size > b.second->size; });
    std::vector<TableDigest> digests(work.size());
    in_parallel(order.jobs, work.size(), [&](std::size_t i) {
        digests[i] = digest_of_dump(work[i].first, work[i].second->facts, m_context.interruption);
    });
    return digests;
}

std::vector<ArchiveEntry> PgDumpEngine::entries(const std::filesystem::path& objects) const {
    const auto outcome = m_client.run({m_context.programs.pg_restore(), "--list", dump_of(objects)}, nullptr);
    if (outcome.result.ok()) return parse_archive_list(outcome.result.out);
    throw Failure(ExitCode::failed_clean, "pg_restore cannot read the archive at " + dump_of(objects).string(),
                  "nothing", "lastgood backup-capture       takes a new restore point")
        .with_detail(first_lines(outcome.errors));
}

/// Every table's data that the table of contents promises must be there; the digests of the manifest say whether it is
/// whole.
void PgDumpEngine::list(const std::filesystem::path& objects) {
    for (const auto& entry : entries(objects)) {
        if (!entry.is("TABLE DATA")) continue;
        if (!data_file(objects, entry).empty()) continue;
        throw Failure(ExitCode::failed_clean, "the archive has no data for " + entry.what, "nothing",
                      "lastgood backup-capture       takes a new restore point")
            .with_detail("missing: " + (dump_of(objects) / std::to_string(entry.id)).string() + ".dat*");
    }
}

bool PgDumpEngine::restores_as_superuser(const ConnectionUrl& url) const {
    const auto outcome = m_client.run({m_context.programs.psql(), "--no-psqlrc", "--tuples-only", "--no-align",
                                       "--dbname=" + database_argument(url), "--command=show is_superuser"},
                                      &url);
    if (!outcome.result.ok()) {
        throw restore_failure("psql", outcome.errors, url.part("user"), outcome.result.say_end());
    }
    return outcome.result.out.starts_with("on");
}

void PgDumpEngine::restore_entries(const std::filesystem::path& objects, const ConnectionUrl& url, int jobs,
                                   const Wanted& wanted) const {
    std::string list;
    for (const auto& entry : entries(objects)) {
        if (wanted(entry)) list += entry.line + "\n";
    }
    if (list.empty()) return;
    const TemporaryDirectory directory("lastgood-restore");
    const auto list_file = directory.path() / "list";
    replace_file(list_file, list);
    const auto outcome =
        m_client.run({m_context.programs.pg_restore(), "--jobs=" + std::to_string(jobs), "--exit-on-error", "--verbose",
                      "--use-list=" + list_file.string(), "--dbname=" + database_argument(url), dump_of(objects)},
                     &url);
    if (!outcome.result.ok()) {
        throw restore_failure("pg_restore", outcome.errors, url.part("user"), outcome.result.say_end());
    }
}

void PgDumpEngine::restore(const std::filesystem::path& objects, const ConnectionUrl& url, int jobs) {
    const bool superuser = restores_as_superuser(url);
    restore_entries(objects, url, jobs, [&](const ArchiveEntry& entry) {
        return !stays_out_of_copies(entry) && (superuser || !is_extension_comment(entry));
    });
    vacuum(without_time_limits(url), jobs);
}

/// Frozen and all-visible, with statistics: a restored database answers as fast as the one it replaces. vacuumdb leaves
/// the parents of partitions out.
void PgDumpEngine::vacuum(const ConnectionUrl& url, int jobs) const {
    const auto vacuumdb = m_context.programs.psql().parent_path() / "vacuumdb";
    const auto vacuumed = m_client.run({vacuumdb, "--freeze", "--analyze", "--quiet", "--jobs=" + std::to_string(jobs),
                                        "--dbname=" + database_argument(url)},
                                       &url);
    if (!vacuumed.result.ok()) {
        throw restore_failure("vacuumdb", vacuumed.errors, url.part("user"), vacuumed.result.say_end());
    }
    const auto analyzed =
        m_client.run({m_context.programs.psql(), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1",
                      "--dbname=" + database_argument(url)},
                     &url, "select format('analyze %s', oid::regclass) from pg_class where relkind = 'p' \\gexec\n");
    if (!analyzed.result.ok()) {
        throw restore_failure("analyze", analyzed.errors, url.part("user"), analyzed.result.say_end());
    }
}

bool PgDumpEngine::has_user_mappings(const std::filesystem::path& objects) {
    const auto all = entries(objects);
    return std::any_of(all.begin(), all.end(), is_user_mapping);
}

void PgDumpEngine::restore_user_mappings(const std::filesystem::path& objects, const ConnectionUrl& url) {
    restore_entries(objects, url, 1, is_user_mapping);
}

}  // namespace

std::unique_ptr<Engine> make_pg_dump_engine(const EngineContext& context) {
    return std::make_unique<PgDumpEngine>(context);
}

}  // namespace lastgood
