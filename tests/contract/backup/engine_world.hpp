#pragma once

#include "backup/engine.hpp"
#include "backup/vacuum.hpp"
#include "core/failure.hpp"
#include "database/contents.hpp"
#include "database/exported_snapshot.hpp"
#include "database/schema_dump.hpp"
#include "database/session.hpp"
#include "outside/console.hpp"
#include "outside/environment.hpp"
#include "outside/files.hpp"
#include "outside/interruption.hpp"
#include "outside/process.hpp"
#include "outside/redaction.hpp"
#include "record/point_reader.hpp"
#include "record/point_writer.hpp"
#include "store/directory_store.hpp"
#include "support/child_process.hpp"
#include "support/failure_of.hpp"
#include "support/postgres_cluster.hpp"

#include <map>
#include <stdexcept>

#include <gtest/gtest.h>

namespace lastgood::test {

inline Interruption& interruption() {
    static Interruption instance;
    return instance;
}

/// A database to capture, an empty one to restore into, and an engine.
class EngineWorld {
  public:
    explicit EngineWorld(const std::string& engine) : m_engine(make_engine(engine, context())) {}

    EngineContext context() {
        return {m_programs, m_processes, m_console, "lastgood/11111111/22222222/backup", "test", interruption()};
    }

    std::string sql(const std::string& statements) { return m_cluster.sql(m_source, statements); }
    std::string in_copy(const std::string& statements) { return m_cluster.sql(m_copy, statements); }
    ConnectionUrl url(const std::string& database, const std::string& user = "postgres") {
        return ConnectionUrl(Secret(m_cluster.url(database, user)));
    }
    /// A role without superuser, and two databases of its own.
    void become_plain_owner() {
        m_owner = "owner_of_" + m_source;
        m_cluster.sql("postgres", "create role " + m_owner + " login; alter database " + m_source + " owner to " +
                                      m_owner + "; alter database " + m_copy + " owner to " + m_owner);
    }
    std::vector<TableDigest> capture() {
        ExportedSnapshot snapshot(url(m_source, m_owner), "the test", interruption());
        Catalogue catalogue = read_tables_and_sequences(snapshot.session());
        snapshot.hold(catalogue.tables);
        return capture(snapshot.id(), catalogue);
    }
    std::vector<TableDigest> capture(const std::string& snapshot, const Catalogue& catalogue) {
        PointWriter writer(m_store, "", nullptr, nullptr);
        auto digests = m_engine->capture({url(m_source, m_owner), snapshot, catalogue.tables, 2, 1, writer, {}});
        m_manifest.objects = writer.objects();
        return digests;
    }
    /// Each digest that the engine computed is the server's own.
    void expect_the_servers(const std::vector<TableDigest>& digests) {
        std::map<std::uint32_t, TableFacts> expected;
        for (TableFacts& table : contents(m_source).tables) expected[table.oid] = table;
        for (const TableDigest& digest : digests) {
            const TableFacts& table = expected.at(digest.oid);
            EXPECT_EQ(digest.digest, table.digest) << table.qualified();
            EXPECT_EQ(digest.rows, table.rows) << table.qualified();
        }
    }
    /// What came back is equal: rows, sequences, large objects, and the schema as pg_dump writes it.
    void expect_equal_copy() {
        EXPECT_EQ(compare_contents(contents(m_source), contents(m_copy)), std::vector<std::string>{});
        EXPECT_EQ(schema_difference(schema(m_source), schema(m_copy)), "");
    }
    ContentFacts contents(const std::string& database) {
        return read_contents(url(database), "the test", "", 1, interruption());
    }
    std::string schema(const std::string& database) {
        return normalised_schema(m_programs, url(database), "", "the test", m_processes, "test");
    }
    /// What was captured, as it lies there now: who altered an object altered the manifest too.
    PointReader objects() {
        std::erase_if(m_manifest.objects,
                      [&](const auto& object) { return !std::filesystem::exists(m_objects.path() / object.key); });
        for (ObjectFacts& object : m_manifest.objects) {
            const auto file = m_objects.path() / object.key;
            object = {object.key, std::filesystem::file_size(file), sha256(read_file(file))};
        }
        return {m_store, "", m_manifest, nullptr, nullptr};
    }
    void list() {
        PointReader reader = objects();
        m_engine->list(reader);
    }
    void restore() {
        PointReader reader = objects();
        m_engine->restore(reader, url(m_copy, m_owner), 2);
    }
    void restore_user_mappings() {
        PointReader reader = objects();
        m_engine->restore_user_mappings(reader, url(m_copy));
    }

    PostgresCluster& m_cluster = PostgresCluster::shared();
    std::string m_source = m_cluster.create_database();
    std::string m_copy = m_cluster.create_database();
    std::string m_owner = "postgres";
    TemporaryDirectory m_objects{"lastgood-backup-test"};
    DirectoryStore m_store{m_objects.path()};
    Manifest m_manifest;
    Redaction m_redaction;
    Environment m_environment = Environment::of_process();
    Processes m_processes{interruption(), m_redaction, m_environment};
    Console m_console{"backup-capture", LogLevel::off, m_redaction, m_environment};
    ClientPrograms m_programs = ClientPrograms::of_major(
        std::stoi(m_cluster.sql("postgres", "show server_version_num")) / 10000, m_processes, m_environment);
    std::unique_ptr<DatabaseEngine> m_engine;
};

}  // namespace lastgood::test
