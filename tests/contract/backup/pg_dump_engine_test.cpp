#include "backup/dump_digest.hpp"
#include "engine_world.hpp"

namespace lastgood::test {
namespace {

class PgDumpEngine : public testing::Test, protected EngineWorld {
  protected:
    PgDumpEngine() : EngineWorld("pg_dump") {}
};

TEST_F(PgDumpEngine, SeesThatATablesDataIsMissing) {
    sql("create table t as select 1 as a");
    capture();
    list();
    for (const auto& file : std::filesystem::directory_iterator(m_objects.path() / "dump")) {
        if (file.path().extension() == ".gz") std::filesystem::remove(file.path());
    }
    const auto failure = failure_of([&] { list(); });
    EXPECT_EQ(failure.code(), ExitCode::failed_clean);
    EXPECT_EQ(failure.what_happened(), "the archive has no data for TABLE DATA public t postgres");
}

TEST_F(PgDumpEngine, SeesThatTheTableOfContentsIsCutOff) {
    sql("create table t as select 1 as a");
    capture();
    std::filesystem::resize_file(m_objects.path() / "dump/toc.dat", 200);
    EXPECT_EQ(failure_of([&] { list(); }).code(), ExitCode::failed_clean);
    EXPECT_EQ(failure_of([&] { restore(); }).code(), ExitCode::failed_clean);
}

TEST_F(PgDumpEngine, NoticesWhileItDigestsThatADataFileWasCutOff) {
    sql("create table t as select md5(i::text) as a from generate_series(1, 50000) i");
    capture();
    TableFacts table = contents(m_source).tables.front();
    for (const auto& file : std::filesystem::directory_iterator(m_objects.path() / "dump")) {
        if (file.path().extension() != ".gz") continue;
        EXPECT_EQ(digest_of_dump(file.path(), table, interruption()).digest, table.digest);
        std::filesystem::resize_file(file.path(), std::filesystem::file_size(file.path()) - 10);
        EXPECT_EQ(failure_of([&] { digest_of_dump(file.path(), table, interruption()); }).code(),
                  ExitCode::failed_clean);
        std::filesystem::resize_file(file.path(), 100000);
        EXPECT_EQ(failure_of([&] { digest_of_dump(file.path(), table, interruption()); }).code(),
                  ExitCode::failed_clean);
    }
}

}  // namespace
}  // namespace lastgood::test
