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

constexpr int k_compress = 1;
constexpr int k_readers = 2;

class SnapshotEngine : public Engine {
  public:
    explicit SnapshotEngine(const EngineContext& context) : m_context(context), m_client(m_context) {}

    std::string name() const override { return "snapshot"; }
    std::vector<TableDigest> capture(const CaptureOrder& order) override;
    void list(PointReader& objects) override;
    void restore(PointReader& objects, const ConnectionUrl& url, int jobs) override;
    bool has_user_mappings(PointReader& objects) override { return archive(objects, k_schema).has_user_mappings(); }
    void restore_user_mappings(PointReader& objects, const ConnectionUrl& url) override {
        archive(objects, k_schema).restore_user_mappings(url);
    }

  private:
    Archive archive(PointReader& objects, const char* name) const { return {m_context, objects.file(name)}; }

    void dump(const CaptureOrder& order, const char* name, const std::vector<std::string>& options) const;
    void capture_sequences_and_large_objects(const CaptureOrder& order) const;
    CapturedData capture_everything(const CaptureOrder& order) const;
    void restore_sequences(PointReader& objects, const ConnectionUrl& url) const;

    EngineContext m_context;
    PostgresClient m_client;
};

void SnapshotEngine::dump(const CaptureOrder& order, const char* name, const std::vector<std::string>& options) const {
    std::vector<std::string> argv{
        m_context.programs.pg_dump(), "--format=custom", "--no-subscriptions", "--no-sync", k_lock_wait, "--verbose"};
    argv.insert(argv.end(), options.begin(), options.end());
    if (!order.snapshot.empty()) argv.push_back("--snapshot=" + order.snapshot);
    order.target.take(name, [&](const fs::path& file) {
        argv.push_back("--file=" + file.string());
        const auto outcome = m_client.run(argv, &order.url);
        if (!outcome.result.ok()) throw dump_failure(outcome.errors, file.string(), outcome.result.say_end());
    });
}

void SnapshotEngine::capture_sequences_and_large_objects(const CaptureOrder& order) const {
    SnapshotReader reader(order.url, m_context.application_name, order.snapshot, m_context.interruption);
    Session& session = reader.session();
    order.target.put(k_sequences, sequence_values(session));
    if (session.value("select exists (select from pg_largeobject_metadata)") == "t") {
        dump(order, k_large_objects, {"--section=data", "--exclude-table-data=*.*", "--compress=1"});
    }
}

CapturedData SnapshotEngine::capture_everything(const CaptureOrder& order) const {
    auto rest = std::async(std::launch::async, [&] {
        dump(order, k_schema, {"--section=pre-data", "--section=post-data"});
        capture_sequences_and_large_objects(order);
    });
    CapturedData data;
    try {
        data = capture_data(m_context, order, order.compress.value_or(k_compress));
    } catch (...) {
        rest.wait();
        throw;
    }
    rest.get();
    return data;
}

std::vector<TableDigest> SnapshotEngine::capture(const CaptureOrder& order) {
    try {
        CapturedData data = capture_everything(order);
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

void SnapshotEngine::restore_sequences(PointReader& objects, const ConnectionUrl& url) const {
    const std::string script = objects.get(k_sequences);
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
    schema.restore(url, jobs, "post-data", wanted);
    restore_sequences(objects, url);
    vacuum_restored(m_context, url, jobs);
}

}  // namespace

std::unique_ptr<Engine> make_snapshot_engine(const EngineContext& context) {
    return std::make_unique<SnapshotEngine>(context);
}

}  // namespace lastgood
