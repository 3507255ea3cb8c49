#include "backup/snapshot_engine.hpp"

#include "backup/archive.hpp"
#include "backup/data_capture.hpp"
#include "backup/data_restore.hpp"
#include "backup/restore_errors.hpp"
#include "backup/sequence_values.hpp"
#include "backup/vacuum.hpp"
#include "core/failure.hpp"
#include "database/session.hpp"
#include "database/snapshot_reader.hpp"
#include "outside/files.hpp"
#include "record/point_reader.hpp"
#include "record/point_writer.hpp"
#include "store/store.hpp"

#include <future>

namespace lastgood {

namespace {

namespace fs = std::filesystem;

constexpr const char* k_schema = "schema.dump";
constexpr const char* k_sequences = "sequences.sql";
constexpr const char* k_large_objects = "large-objects.dump";

const std::vector<std::string> k_schema_sections{"--section=pre-data", "--section=post-data"};
const std::vector<std::string> k_only_large_objects{"--section=data", "--exclude-table-data=*.*", "--compress=1"};

constexpr int k_compress = 1;
constexpr int k_readers = 2;

/// Primary keys first: nothing else can be built on their tables meanwhile, and plain indexes of one table can be built
/// side by side.
void restore_post_data(const Archive& schema, const ConnectionUrl& url, int jobs, const Archive::Wanted& wanted) {
    const auto is_key = [](const ArchiveEntry& entry) { return entry.is("CONSTRAINT"); };
    schema.restore(url, jobs, "post-data", [&](const auto& entry) { return wanted(entry) && is_key(entry); });
    schema.restore(url, jobs, "post-data", [&](const auto& entry) { return wanted(entry) && !is_key(entry); });
}

class SnapshotEngine : public DatabaseEngine {
  public:
    explicit SnapshotEngine(const EngineContext& context) : m_context(context), m_client(m_context) {}

    std::string name() const override { return "snapshot"; }
    std::vector<TableDigest> capture(const CaptureOrder& order) override;
    bool can_mirror() const override { return true; }
    void list(PointReader& objects) override;
    void restore(PointReader& objects, const ConnectionUrl& url, int jobs) override;
    bool has_user_mappings(PointReader& objects) override { return archive(objects, k_schema).has_user_mappings(); }
    void restore_user_mappings(PointReader& objects, const ConnectionUrl& url) override {
        archive(objects, k_schema).restore_user_mappings(url);
    }

  private:
    Archive archive(PointReader& objects, const char* name) const { return {m_context, objects.file(name)}; }

    struct Rest {
        std::string sequences;  ///< a script
        bool large_objects = false;
    };

    void dump(const CaptureOrder& order, const fs::path& file, const std::vector<std::string>& options) const;
    /// Captures the values of sequences, and says whether there is anything beside them.
    Rest capture_rest(const CaptureOrder& order) const;
    CapturedData capture_rows(const CaptureOrder& order) const;
    CapturedData capture_only(const CaptureOrder& order) const;
    CapturedData capture_into_mirror(const CaptureOrder& order) const;
    void set_sequences(const ConnectionUrl& url, const std::string& script) const;

    EngineContext m_context;
    PostgresClient m_client;
};

void SnapshotEngine::dump(const CaptureOrder& order, const fs::path& file,
                          const std::vector<std::string>& options) const {
    std::vector<std::string> argv{
        m_context.programs.pg_dump(), "--format=custom", "--no-subscriptions", "--no-sync", k_lock_wait, "--verbose",
        "--file=" + file.string()};
    argv.insert(argv.end(), options.begin(), options.end());
    if (!order.snapshot.empty()) argv.push_back("--snapshot=" + order.snapshot);
    const auto outcome = m_client.run(argv, &order.url);
    if (!outcome.result.ok()) throw dump_failure(outcome.errors, file.string(), outcome.result.say_end());
}

SnapshotEngine::Rest SnapshotEngine::capture_rest(const CaptureOrder& order) const {
    SnapshotReader reader(order.url, m_context.application_name, order.snapshot, m_context.interruption);
    Session& session = reader.session();
    Rest rest{sequence_values(session), session.value("select exists (select from pg_largeobject_metadata)") == "t"};
    order.target.put(k_sequences, rest.sequences);
    return rest;
}

CapturedData SnapshotEngine::capture_rows(const CaptureOrder& order) const {
    return capture_data(m_context, order, order.compress.value_or(k_compress));
}

CapturedData SnapshotEngine::capture_only(const CaptureOrder& order) const {
    auto rest = std::async(std::launch::async, [&] {
        order.target.take(k_schema, [&](const fs::path& file) { dump(order, file, k_schema_sections); });
        if (!capture_rest(order).large_objects) return;
        order.target.take(k_large_objects, [&](const fs::path& file) { dump(order, file, k_only_large_objects); });
    });
    CapturedData data;
    try {
        data = capture_rows(order);
    } catch (...) {
        rest.wait();
        throw;
    }
    rest.get();
    return data;
}

/// What restore() does, while it is captured.
CapturedData SnapshotEngine::capture_into_mirror(const CaptureOrder& order) const {
    const ConnectionUrl& mirror = *order.mirror;
    const TemporaryDirectory scratch("lastgood-capture");
    const auto keep = [&](const char* name) {
        order.target.take(name, [&](const fs::path& file) { fs::copy_file(scratch.path() / name, file); });
    };
    const Archive schema(m_context, scratch.path() / k_schema);
    dump(order, schema.path(), k_schema_sections);
    keep(k_schema);
    const auto wanted = schema.wanted_in_copies(mirror);
    schema.restore(mirror, 1, "pre-data", wanted);
    CapturedData data = capture_rows(order);
    const Rest rest = capture_rest(order);
    if (rest.large_objects) {
        const Archive large_objects(m_context, scratch.path() / k_large_objects);
        dump(order, large_objects.path(), k_only_large_objects);
        keep(k_large_objects);
        large_objects.restore(mirror, 1, "data", wanted);
    }
    restore_post_data(schema, mirror, order.jobs, wanted);
    set_sequences(mirror, rest.sequences);
    analyze_restored(m_context, mirror, order.jobs);
    return data;
}

std::vector<TableDigest> SnapshotEngine::capture(const CaptureOrder& order) {
    try {
        CapturedData data = order.mirror ? capture_into_mirror(order) : capture_only(order);
        write_index(order.target, data.index);
        return std::move(data.digests);
    } catch (const StoreError& error) {
        if (error.full()) throw disk_full(error.what());
        throw;
    }
}

void SnapshotEngine::list(PointReader& objects) {
    static_cast<void>(archive(objects, k_schema).entries());
    if (objects.has(k_large_objects)) static_cast<void>(archive(objects, k_large_objects).entries());
    static_cast<void>(objects.get(k_sequences));
    check_data(m_context, objects, k_readers);
}

void SnapshotEngine::set_sequences(const ConnectionUrl& url, const std::string& script) const {
    if (script.empty()) return;
    Session session(url, m_context.application_name, m_context.interruption);
    try {
        session.execute(script);
    } catch (const DatabaseError& error) {
        throw restore_failure("setval", {error.what()}, url.part("user"), "an error");
    }
}

void SnapshotEngine::restore(PointReader& objects, const ConnectionUrl& url, int jobs) {
    const Archive schema = archive(objects, k_schema);
    const auto wanted = schema.wanted_in_copies(url);
    schema.restore(url, 1, "pre-data", wanted);
    restore_data(m_context, objects, url, jobs);
    if (objects.has(k_large_objects)) archive(objects, k_large_objects).restore(url, 1, "data", wanted);
    restore_post_data(schema, url, jobs, wanted);
    set_sequences(url, objects.get(k_sequences));
    analyze_restored(m_context, url, jobs);
}

}  // namespace

std::unique_ptr<DatabaseEngine> make_snapshot_engine(const EngineContext& context) {
    return std::make_unique<SnapshotEngine>(context);
}

}  // namespace lastgood
