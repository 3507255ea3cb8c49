#include "backup/data_index.hpp"
#include "backup/pieces.hpp"
#include "engine_world.hpp"

#include <algorithm>
#include <thread>

namespace lastgood::test {
namespace {

class SnapshotEngine : public testing::Test, protected EngineWorld {
  protected:
    SnapshotEngine() : EngineWorld("snapshot") {}
    std::filesystem::path first_data_file() { return m_objects.path() / "data/000001.sql.zst"; }
};

constexpr const char* k_many_kinds = R"(
    create schema "Über schema"; create type mood as enum ('so', 'so la la'); create domain positive as int check (value > 0);
    create table "Über schema"."T ""x""" ("Zürich" mood, a positive, "a.b" text[], primary key (a));
    insert into "Über schema"."T ""x""" select 'so la la', i, array['x', null, E'a\tb\n'] from generate_series(1, 500) i;
    create table identity (id int generated always as identity, v text, g text generated always as (upper(v)) stored);
    insert into identity (v) select 'v' || i from generate_series(1, 100) i;
    create table loop_a (id int primary key, b int); create table loop_b (id int primary key, a int references loop_a);
    alter table loop_a add foreign key (b) references loop_b deferrable initially deferred;
    begin; insert into loop_a values (1, 1); insert into loop_b values (1, 1); commit;
    create table parent (a int); create table heir (b text) inherits (parent);
    insert into parent values (1), (2); insert into heir values (3, 'x');
    create unlogged table light as select 1 as a; create table none (); insert into none default values;
    create view seen as select * from parent; create materialized view kept as select count(*) as n from heir;
    create materialized view kept_twice as select n + 1 as n from kept;
    create sequence untouched start 5; create sequence used; select nextval('used'), nextval('used');
    create sequence set_back; select setval('set_back', 42, false);
    create table secret as select 1 as a; alter table secret enable row level security; create policy p on secret using (false);
    create table strange (f float8, d date, t timestamptz, n numeric, b bytea, i interval, m money, r int4range);
    insert into strange values ('NaN', 'infinity', '0044-03-15 BC', 'NaN', '\x00ff5c0a0d09', '-1 mon +1 day', -1234.5, '[1,5)'),
      ('-Infinity', '4713-01-01 BC', '-infinity', 1e300, '', '178000000 years', 0, 'empty'), (default, null, null, null, null, null, null, null);
    select lo_from_bytea(4711, '\xdeadbeef'), lo_from_bytea(4712, ''); comment on large object 4711 is 'a picture';
    create function touched() returns trigger language plpgsql as $$ begin raise exception 'fired in a restore'; end $$;
    create trigger t before insert on parent for each row execute function touched();
    create extension hstore;
)";

TEST_F(SnapshotEngine, BringsEveryKindOfObjectBack) {
    sql(k_many_kinds);
    expect_the_servers(capture());
    list();
    restore();
    expect_equal_copy();
    EXPECT_EQ(in_copy("select nextval('untouched'), nextval('used'), nextval('set_back')"), "5|3|42");
    EXPECT_EQ(in_copy("select n from kept_twice"), "2");
    EXPECT_EQ(in_copy("select lo_get(4711), obj_description(4711, 'pg_largeobject')"), "\\xdeadbeef|a picture");
}

TEST_F(SnapshotEngine, CutsALargeTableAndLosesNoRow) {
    // A row near each limit, dead rows and holes among them.
    sql("create table big (id int primary key, filler text); insert into big select i, repeat('x', 900) from "
        "generate_series(1, 60000) i;"
        "delete from big where id % 7 = 0; vacuum big; insert into big select -i, repeat('y', 900) from "
        "generate_series(1, 5000) i;"
        "update big set filler = 'z' where id % 11 = 0");
    const auto digests = capture();
    const DataIndex index = read_index(objects());
    EXPECT_GE(std::count_if(index.files.begin(), index.files.end(),
                            [](const DataFile& file) { return !file.sections.front().fresh_table; }),
              2);
    expect_the_servers(digests);
    restore();
    expect_equal_copy();
}

TEST_F(SnapshotEngine, CanBeRestoredByHand) {
    sql(k_many_kinds);
    capture();
    const std::string objects = m_objects.path();
    const std::string bin = m_cluster.bindir();
    const std::string database = "-d '" + m_cluster.url(m_copy) + "'";
    const auto shell = [&](const std::string& command) {
        const auto result =
            run_child({"bash", "-c", "set -euo pipefail; cd '" + objects + "'; PATH='" + bin + "':$PATH; " + command});
        EXPECT_EQ(result.status, 0) << command << result.err;
    };
    // The commands of common/backup/README.md.
    shell("pg_restore --section=pre-data " + database + " schema.dump");
    shell("zstd -dcq data/*.sql.zst | psql -X -q -v ON_ERROR_STOP=1 " + database);
    shell("pg_restore --section=data " + database + " large-objects.dump");
    shell("pg_restore --section=post-data " + database + " schema.dump");
    shell("psql -X -q -v ON_ERROR_STOP=1 " + database + " -f sequences.sql");
    expect_equal_copy();
}

TEST_F(SnapshotEngine, CapturesADatabaseOfAnotherEncoding) {
    m_source = m_cluster.create_database("latin_" + m_source, "template template0 encoding 'LATIN1' locale 'C'");
    m_copy = m_cluster.create_database("copy_of_" + m_source, "template template0 encoding 'LATIN1' locale 'C'");
    sql("set client_encoding = 'UTF8'; create table \"Größe\" (\"Maß\" text); insert into \"Größe\" values ('für'), "
        "('ÿ'), (null)");
    expect_the_servers(capture());
    restore();
    expect_equal_copy();
    EXPECT_EQ(
        in_copy("set client_encoding = 'UTF8'; select octet_length(\"Maß\") from \"Größe\" where \"Maß\" like 'f%'"),
        "3");
}

TEST_F(SnapshotEngine, SeesThatADataFileIsDamaged) {
    sql("create table t as select md5(i::text) as a from generate_series(1, 20000) i");
    capture();
    const std::string whole = read_file(first_data_file());
    for (const std::size_t place : {whole.size() / 2, whole.size() - 2}) {
        std::string flipped = whole;
        flipped[place] = static_cast<char>(flipped[place] ^ 1);
        std::filesystem::remove(first_data_file());
        create_file(first_data_file(), flipped);
        EXPECT_EQ(failure_of([&] { list(); }).code(), ExitCode::failed_clean) << place;
        EXPECT_EQ(failure_of([&] { restore(); }).code(), ExitCode::failed_clean) << place;
        m_copy = m_cluster.create_database();
    }
    for (const std::size_t length : {whole.size() - 1, whole.size() / 2, std::size_t{0}}) {
        std::filesystem::remove(first_data_file());
        create_file(first_data_file(), whole.substr(0, length));
        EXPECT_EQ(failure_of([&] { list(); }).code(), ExitCode::failed_clean) << length;
    }
    std::filesystem::remove(first_data_file());
    EXPECT_EQ(failure_of([&] { list(); }).code(), ExitCode::failed_clean);
}

TEST_F(SnapshotEngine, IsNotDeceivedByATableThatIsRewrittenAsTheCaptureBegins) {
    sql("create table t as select 1 as a");
    ExportedSnapshot snapshot(url(m_source), "the test", interruption());
    Catalogue catalogue = read_tables_and_sequences(snapshot.session());
    sql("truncate t");
    const auto failure = failure_of([&] { snapshot.hold(catalogue.tables); });
    EXPECT_EQ(failure.code(), ExitCode::failed_clean);
    EXPECT_EQ(failure.what_happened(), "table public.t was rewritten or truncated as the capture began");
}

TEST_F(SnapshotEngine, HoldsItsTablesUntilItIsDone) {
    sql("create table t as select 1 as a");
    ExportedSnapshot snapshot(url(m_source), "the test", interruption());
    Catalogue catalogue = read_tables_and_sequences(snapshot.session());
    snapshot.hold(catalogue.tables);
    EXPECT_THROW(sql("set lock_timeout = '100ms'; drop table t"), std::exception);
}

TEST_F(SnapshotEngine, GivesWayToSomebodyWhoWaitsToChangeATable) {
    // He waits for the snapshot's owner, and whoever reads for the owner would wait behind him.
    sql("create table t as select 1 as a; create table g (a int, b int generated always as (a) stored)");
    for (const std::string table : {"t", "g"}) {
        std::thread changer;
        {
            ExportedSnapshot snapshot(url(m_source), "the test", interruption());
            Catalogue catalogue = read_tables_and_sequences(snapshot.session());
            snapshot.hold(catalogue.tables);
            changer = std::thread([&] { sql("alter table " + table + " add later int"); });
            while (sql("select count(*) from pg_locks where not granted") == "0") std::this_thread::yield();
            const auto failure = failure_of([&] {
                if (table == "t") capture(snapshot.id(), catalogue);
                read_contents(url(m_source), "the test", snapshot.id(), 1, interruption());
            });
            EXPECT_EQ(failure.what_happened(),
                      "somebody changes table public." + table + ", or waits to: the capture gave way");
            EXPECT_EQ(failure.code(), ExitCode::failed_clean);
        }
        changer.join();
    }
}

CatalogueTable table_of_size(std::uint64_t megabytes) {
    CatalogueTable table;
    table.size = megabytes << 20U;
    table.pages = table.size / 8192;
    return table;
}

TEST(Pieces, CoverEveryPageOfATableOnce) {
    const auto pieces = plan_pieces({table_of_size(1000)}, 2, 150000);
    ASSERT_GE(pieces.size(), 8U);
    std::map<std::uint64_t, std::uint64_t> ranges;
    int open_ends = 0;
    for (const Piece& piece : pieces) {
        ASSERT_EQ(piece.slices.size(), 1U);
        const Slice& slice = piece.slices.front();
        open_ends += slice.end_page ? 0 : 1;
        ranges[slice.first_page.value_or(0)] = slice.end_page.value_or(1000ULL << 7U);
    }
    EXPECT_EQ(open_ends, 1);
    std::uint64_t next = 0;
    for (const auto& [first, end] : ranges) {
        EXPECT_EQ(first, next);
        next = end;
    }
    EXPECT_EQ(next, 1000ULL << 7U);
}

TEST(Pieces, LeaveTablesWholeWhereTheServerCannotScanARange) {
    const auto pieces = plan_pieces({table_of_size(1000)}, 2, 130000);
    ASSERT_EQ(pieces.size(), 1U);
    EXPECT_TRUE(pieces[0].slices[0].whole());
}

TEST(Pieces, PackSmallTablesAndPutTheLargestFirst) {
    std::vector<CatalogueTable> tables(1000, table_of_size(0));
    tables.push_back(table_of_size(12));
    const auto pieces = plan_pieces(tables, 2, 150000);
    EXPECT_EQ(pieces.size(), 5U);
    EXPECT_EQ(pieces[0].slices[0].table, 1000U);
}

}  // namespace
}  // namespace lastgood::test
