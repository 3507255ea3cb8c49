#include "backup/pg_dump_engine.hpp"

#include "backup/archive.hpp"
#include "backup/dump_digest.hpp"
#include "backup/postgres_client.hpp"
#include "backup/restore_errors.hpp"
#include "backup/vacuum.hpp"
#include "core/failure.hpp"
#include "outside/console.hpp"
#include "outside/parallel.hpp"
#include "record/point_reader.hpp"
#include "record/point_writer.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <string_view>

namespace lastgood {

namespace {

/// pg_dump's own.
constexpr int k_compress = 6;

constexpr const char* k_dump = "dump";

class PgDumpEngine : public DatabaseEngine {
  public:
    explicit PgDumpEngine(const EngineContext& context) : m_context(context), m_client(m_context) {}

    std::string name() const override { return "pg_dump"; }
    std::vector<TableDigest> capture(const CaptureOrder& order) override;
    void list(PointReader& objects) override;
    void restore(PointReader& objects, const ConnectionUrl& url, int jobs) override;
    bool has_user_mappings(PointReader& objects) override;
    void restore_user_mappings(PointReader& objects, const ConnectionUrl& url) override;

  private:
    Archive archive(PointReader& objects) const { return {m_context, objects.file(k_dump)}; }
    void dump(const CaptureOrder& order, const std::filesystem::path& directory) const;
    /// "" if there is none.
    static std::filesystem::path data_file(const std::filesystem::path& dump, const ArchiveEntry& entry);
    std::vector<TableDigest> digests(const CaptureOrder& order, const std::filesystem::path& dump) const;

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
    std::vector<TableDigest> known;
    order.target.take(k_dump, [&](const std::filesystem::path& directory) {
        dump(order, directory);
        known = digests(order, directory);
    });
    return known;
}

void PgDumpEngine::dump(const CaptureOrder& order, const std::filesystem::path& directory) const {
    std::vector<std::string> argv{m_context.programs.pg_dump(),
                                  "--format=directory",
                                  "--jobs=" + std::to_string(order.jobs),
                                  "--compress=" + std::to_string(order.compress.value_or(k_compress)),
                                  "--no-subscriptions",
                                  "--no-sync",  // what is published is flushed by the store
                                  k_lock_wait,
                                  "--verbose",
                                  "--file=" + directory.string()};
    if (!order.snapshot.empty()) argv.push_back("--snapshot=" + order.snapshot);
    const ConnectionUrl url = with_digest_settings(order.url);
    const auto outcome = m_client.run(argv, &url);
    if (!outcome.result.ok()) throw dump_failure(outcome.errors, directory.string(), outcome.result.say_end());
}

std::filesystem::path PgDumpEngine::data_file(const std::filesystem::path& dump, const ArchiveEntry& entry) {
    const std::string file = (dump / (std::to_string(entry.id) + ".dat")).string();
    for (const std::string_view suffix : {"", ".gz", ".lz4", ".zst"}) {
        if (std::filesystem::exists(file + std::string(suffix))) return file + std::string(suffix);
    }
    return {};
}

/// Reading back what was written costs less than a second look at the tables by the server, and it is a proof that the
/// archive can be read.
std::vector<TableDigest> PgDumpEngine::digests(const CaptureOrder& order, const std::filesystem::path& dump) const {
    if (order.tables.empty()) return {};
    std::map<std::uint32_t, const CatalogueTable*> by_oid;
    for (const CatalogueTable& table : order.tables) {
        if (digestible_from_dump(table)) by_oid[table.facts.oid] = &table;
    }
    m_context.console.progress("reading the archive back");
    std::vector<std::pair<std::filesystem::path, const CatalogueTable*>> work;
    for (const ArchiveEntry& entry : Archive(m_context, dump).entries()) {
        const auto table = by_oid.find(entry.oid);
        if (!entry.is("TABLE DATA") || table == by_oid.end()) continue;
        work.emplace_back(data_file(dump, entry), table->second);
    }
    std::stable_sort(work.begin(), work.end(),
                     [](const auto& a, const auto& b) { return a.second->size > b.second->size; });
    std::vector<TableDigest> digests(work.size());
    in_parallel(order.jobs, work.size(), [&](std::size_t i) {
        digests[i] = digest_of_dump(work[i].first, work[i].second->facts, m_context.interruption);
    });
    return digests;
}

/// Every table's data that the table of contents promises must be there; the digests of the manifest say whether it is
/// whole.
void PgDumpEngine::list(PointReader& objects) {
    const std::filesystem::path dump = objects.file(k_dump);
    for (const auto& entry : Archive(m_context, dump).entries()) {
        if (!entry.is("TABLE DATA")) continue;
        if (!data_file(dump, entry).empty()) continue;
        throw Failure(ExitCode::failed_clean, "the archive has no data for " + entry.what, "nothing",
                      "lastgood backup-capture       takes a new restore point")
            .with_detail("missing: " + (dump / std::to_string(entry.id)).string() + ".dat*");
    }
}

void PgDumpEngine::restore(PointReader& objects, const ConnectionUrl& url, int jobs) {
    const Archive all = archive(objects);
    all.restore(url, jobs, "", all.wanted_in_copies(url));
    analyze_restored(m_context, url, jobs);
}

bool PgDumpEngine::has_user_mappings(PointReader& objects) {
    return archive(objects).has_user_mappings();
}

void PgDumpEngine::restore_user_mappings(PointReader& objects, const ConnectionUrl& url) {
    archive(objects).restore_user_mappings(url);
}

}  // namespace

std::unique_ptr<DatabaseEngine> make_pg_dump_engine(const EngineContext& context) {
    return std::make_unique<PgDumpEngine>(context);
}

}  // namespace lastgood
