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

#include <future>

namespace lastgood {

namespace {

namespace fs = std::filesystem;

constexpr int k_compress = 1;
constexpr int k_readers = 2;

class SnapshotEngine : public Engine {
  public:
    explicit SnapshotEngine(const EngineContext& context) : m_context(context), m_client(m_context) {}

    std::string name() const override { return "snapshot"; }
    std::vector<TableDigest> capture(const CaptureOrder& order) override;
    void list(const fs::path& objects) override;
    void restore(const fs::path& objects, const ConnectionUrl& url, int jobs) override;
    bool has_user_mappings(const fs::path& objects) override { return schema(objects).has_user_mappings(); }
    void restore_user_mappings(const fs::path& objects, const ConnectionUrl& url) override {
        schema(objects).restore_user_mappings(url);
    }

  private:
    static fs::path data_of(const fs::path& objects) { return objects / "data"; }
    static fs::path sequences_of(const fs::path& objects) { return objects / "sequences.sql"; }
    static fs::path large_objects_of(const fs::path& objects) { return objects / "large-objects.dump"; }
    Archive schema(const fs::path& objects) const { return {m_context, objects / "schema.dump"}; }

    void dump(const CaptureOrder& order, const fs::path& file, const std::vector<std::string>& options) const;
    void capture_sequences_and_large_objects(const CaptureOrder& order) const;
    void restore_sequences(const fs::path& objects, const ConnectionUrl& url) const;

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
    if (!outcome.result.ok()) throw dump_failure(outcome.errors, order.target.string(), outcome.result.say_end());
}

void SnapshotEngine::capture_sequences_and_large_objects(const CaptureOrder& order) const {
    SnapshotReader reader(order.url, m_context.application_name, order.snapshot, m_context.interruption);
    Session& session = reader.session();
    replace_file(sequences_of(order.target), sequence_values(session));
    if (session.value("select exists (select from pg_largeobject_metadata)") == "t") {
        dump(order, large_objects_of(order.target), {"--section=data", "--exclude-table-data=*.*", "--compress=1"});
    }
}

std::vector<TableDigest> SnapshotEngine::capture(const CaptureOrder& order) {
    fs::create_directory(data_of(order.target));
    auto rest = std::async(std::launch::async, [&] {
        dump(order, schema(order.target).path(), {"--section=pre-data", "--section=post-data"});
        capture_sequences_and_large_objects(order);
    });
    CapturedData data;
    try {
        data = capture_data(m_context, order, order.compress.value_or(k_compress), data_of(order.target));
    } catch (const FileError& error) {
        rest.wait();
        if (error.disk_full()) throw disk_full(error.what());
        throw;
    } catch (...) {
        rest.wait();
        throw;
    }
    rest.get();
    write_index(data_of(order.target), data.index);
    return std::move(data.digests);
}

void SnapshotEngine::list(const fs::path& objects) {
    static_cast<void>(schema(objects).entries());
    if (fs::exists(large_objects_of(objects))) {
        static_cast<void>(Archive(m_context, large_objects_of(objects)).entries());
    }
    check_data(m_context, data_of(objects), k_readers);
}

void SnapshotEngine::restore_sequences(const fs::path& objects, const ConnectionUrl& url) const {
    const std::string script = read_file(sequences_of(objects));
    if (script.empty()) return;
    Session session(url, m_context.application_name, m_context.interruption);
    try {
        session.execute(script);
    } catch (const DatabaseError& error) {
        throw restore_failure("setval", {error.what()}, url.part("user"), "an error");
    }
}

void SnapshotEngine::restore(const fs::path& objects, const ConnectionUrl& url, int jobs) {
    const Archive archive = schema(objects);
    const auto wanted = archive.wanted_in_copies(url);
    archive.restore(url, 1, "pre-data", wanted);
    restore_data(m_context, data_of(objects), url, jobs);
    if (fs::exists(large_objects_of(objects))) {
        Archive(m_context, large_objects_of(objects)).restore(url, 1, "data", wanted);
    }
    archive.restore(url, jobs, "post-data", wanted);
    restore_sequences(objects, url);
    vacuum_restored(m_context, url, jobs);
}

}  // namespace

std::unique_ptr<Engine> make_snapshot_engine(const EngineContext& context) {
    return std::make_unique<SnapshotEngine>(context);
}

}  // namespace lastgood
