#include "core/failure.hpp"
#include "gate_world.hpp"
#include "outside/files.hpp"
#include "raw_client.hpp"
#include "support/failure_of.hpp"

#include <future>

namespace lastgood {
namespace {

/// A gate to one transaction, and the same database without a gate, to compare with.
class OneTransaction : public GateWorld {
  protected:
    static constexpr const char* k_schema =
        "create table people (id int primary key, name text not null);"
        "create table pets (id int primary key, owner int references people deferrable initially deferred);"
        "insert into people select n, 'p' || n from generate_series(1, 10) n;"
        "create function noisy() returns trigger language plpgsql as $$begin raise notice 'noisy %', tg_op; return "
        "new; "
        "end$$; create trigger noisy before update on people for each row execute function noisy();";

    void SetUp() override {
        m_cluster.sql(m_database, k_schema);
        m_cluster.sql(m_twin, k_schema);
    }
    static Gate::Order of_one(Gate::Order order) {
        order.one_transaction = true;
        return order;
    }
    ConnectionUrl twin() { return ConnectionUrl(Secret(m_cluster.url(m_twin))); }
    std::string seen(const std::string& query) { return m_cluster.sql(m_database, query); }
    /// psql's whole account of a script, whatever fails in it.
    std::string account(const ConnectionUrl& url, const std::string& script) {
        return run(url, {"sh", "-c", "psql -X -a -f - 2>&1 | sed 's/^psql:[^ ]* //; /^LOCATION: /d'"},
                   "\\set VERBOSITY verbose\n" + script)
            .out;
    }
    std::string rows_of(const Gate& gate) {
        std::string text;
        for (const TouchedRows& rows : gate.rows())
            text += rows.tag + " " + std::to_string(rows.count) + ": " + rows.statement + "\n";
        return text;
    }

    std::string m_twin = m_cluster.create_database();
    Gate m_gate{of_one(order()), m_listener, m_interruption};
    ConnectionUrl m_url = m_gate.listen_on_loopback();
};

TEST_F(OneTransaction, IsCommittedOrRolledBackByItsOwner) {
    psql(m_url, "insert into people values (11, 'x'); begin; insert into people values (12, 'y'); commit;");
    EXPECT_EQ(seen("select count(*) from people"), "10");
    m_gate.commit();
    EXPECT_EQ(seen("select count(*) from people"), "12");
    EXPECT_EQ(backends(), 0);
    EXPECT_EQ(m_listener.count("before_commit"), 1U);
    EXPECT_EQ(m_listener.count("ended"), 1U);

    Gate other(of_one(order()), m_listener, m_interruption);
    const ConnectionUrl url = other.listen_in_directory();
    EXPECT_EQ(psql(url, "delete from people; commit; select count(*) from people").out, "0\n");
    other.rollback();
    EXPECT_EQ(seen("select count(*) from people"), "12");
    EXPECT_EQ(rows_of(other), "DELETE 12: delete from people\n");
    {
        Gate forgotten(of_one(order()), m_listener, m_interruption);
        EXPECT_EQ(psql(forgotten.listen_in_directory(), "delete from people").exit_code, 0);
    }
    EXPECT_EQ(seen("select count(*) from people"), "12");
    Gate unused(of_one(order()), m_listener, m_interruption);
    unused.commit();
    EXPECT_EQ(backends(), 0);
}

/// What psql says is what it says without a gate.
TEST_F(OneTransaction, AnswersAsIfThereWereMany) {
    for (const std::string script :
         {// Single statements, with and without errors.
          "insert into people values (20, 'a'); select 1/0; insert into people values (20, 'b');\n"
          "update people set name = 'c' where id = 20; table nowhere; select name from people where id = 20;\n"
          "insert into people values (21, null);\nselect count(*) from people;\n",
          // Blocks.
          "begin; update people set name = 'z' where id <= 2; commit; begin; delete from people; rollback;\n"
          "begin; select 1/0; select 1; commit; start transaction; select 1/0; abort; end; rollback work;\n"
          "commit; begin; begin; select 'in'; end transaction; select count(*) from people;\n"
          "begin isolation level serializable, read only; insert into people values (99, 'ro'); rollback;\n"
          "begin; begin read write; rollback and no chain; begin; select 1/0; begin; start transaction; rollback;\n"
          "insert into people values (22, 'after');\n",
          // Savepoints of its own.
          "begin; savepoint a; insert into people values (30, 'a'); savepoint \"B b\"; select 1/0;\n"
          "rollback to \"B b\"; insert into people values (31, 'b'); release savepoint a; commit;\n"
          "savepoint x; release x; rollback to savepoint x; begin; rollback to nothing; rollback;\n"
          "select count(*) from people;\n",
          // Deferred constraints are checked where the program commits.
          "insert into pets values (1, 99); select count(*) from pets; begin; insert into pets values (2, 98);\n"
          "select 'not yet'; commit; select count(*) from pets; begin; insert into pets values (3, 97);\n"
          "insert into people values (97, 'late'); commit; begin; insert into pets values (4, 96);\n"
          "set constraints all immediate; rollback; insert into pets values (5, 1); select * from pets;\n",
          // Settings.
          "begin; set local work_mem = '7MB'; show work_mem; commit; show work_mem;\n"
          "set work_mem = '8MB'; begin; set local work_mem to '9MB'; set local time zone 'Asia/Tokyo'; show timezone;\n"
          "end; show work_mem; show timezone; begin; set local my.own = 'x'; select current_setting('my.own'); "
          "commit;\n"
          "select current_setting('my.own'); begin; set work_mem = '10MB'; rollback; show work_mem;\n"
          "set local work_mem = '11MB'; show work_mem; begin; set local work_mem = '1MB'; set work_mem = '2MB'; "
          "commit;\n"
          "show work_mem; create role app_of_gate; begin; set local role app_of_gate; select current_user; commit;\n"
          "select current_user; drop role app_of_gate; set client_encoding = latin1; show client_encoding;\n",
          // Cursors.
          "begin; declare c cursor for select id from people order by id; fetch 2 from c; commit; fetch c;\n"
          "begin; declare c cursor with hold for select id from people order by id; declare d cursor for select 1;\n"
          "commit; fetch 1 from c; begin; declare d cursor for select 2; fetch d; commit; close c;\n",
          // Notices, several statements in one query, COPY, and nothing at all.
          "update people set name = 'n' where id < 4; insert into people values (40, 'm')\\; select 1/0;\n"
          "select count(*) from people where id = 40; insert into people values (40, 'm')\\; select 5; ;\n"
          "copy people from stdin;\n50\tcopied\n51\t\\N\n\\.\ncopy people from stdin;\n52\tcopied\n\\.\n"
          "begin;\ncopy people from stdin;\n53\tx\n53\tx\n\\.\nselect 1;\nrollback;\ncopy people to stdout;\n"
          "do $$begin raise notice 'x'; end$$; create table after (n int); drop table after;\n"}) {
        const std::string direct = account(twin(), script);
        std::string gated = account(m_url, script);
        // There is no other transaction that it could roll back.
        EXPECT_EQ(gated, direct) << script;
    }
    EXPECT_EQ(account(m_url, "vacuum people;\ndo $$begin commit; end$$;\n"),
              "\\set VERBOSITY verbose\nvacuum people;\nERROR:  25001: VACUUM cannot run inside a transaction block\n"
              "do $$begin commit; end$$;\nERROR:  2D000: invalid transaction termination\n"
              "CONTEXT:  PL/pgSQL function inline_code_block line 1 at COMMIT\n");
}

/// What a client of the extended protocol hears is what it hears without a gate.
TEST_F(OneTransaction, AnswersTheExtendedProtocolAsIfThereWereMany) {
    const std::string flush = GateMessage('H').octets();
    const std::string sync = sync_message();
    const auto describe = [](char kind, const std::string& name = "") {
        return GateMessage('D').octet(kind).text(name).octets();
    };
    const auto close = [](char kind, const std::string& name) {
        return GateMessage('C').octet(kind).text(name).octets();
    };
    const std::string add = "insert into people values (60, 'x') returning id";
    const std::vector<std::string> batches{
        // One implicit transaction to each Sync.
        run_message(add) + run_message("select 1/0") + run_message("select 1") + sync,
        run_message("select count(*) from people") + sync,
        parse_message(add, "add") + describe('S', "add") + sync,
        bind_message("add") + describe('P') + execute_message() + sync,
        bind_message("add") + execute_message() + sync,
        run_message("insert into pets values (9, 999)") + sync,
        run_message("select count(*) from pets") + sync,
        // A statement without a name stays over a Sync.
        parse_message("select name from people where id = 60") + describe('S') + sync,
        bind_message() + execute_message() + sync,
        // Blocks, with their control sent along as drivers do.
        run_message("BEGIN") + run_message("delete from people where id = 60") + sync,
        run_message("select count(*) from people where id = 60") + sync,
        run_message("ROLLBACK") + sync,
        run_message("begin") + describe('P') + run_message("savepoint s") + run_message("select 1/0") + sync,
        run_message("select 1") + sync,
        parse_message("rollback to s") + bind_message() + execute_message() + run_message("commit") + sync,
        parse_message("commit", "end") + parse_message("begin", "go") + describe('S', "go") + sync,
        bind_message("go") + execute_message() + bind_message("go") + execute_message() + sync,
        bind_message("go", "p") + run_message("select 2/0") + sync,
        bind_message("end") + execute_message() + bind_message("end") + execute_message() + sync,
        // A portal that is read in parts, and ends with its transaction.
        parse_message("select generate_series(1, 5)") + bind_message("", "part") + execute_message("part", 2) +
            execute_message("part", 2) + execute_message("part", 2) + sync,
        run_message("begin") + parse_message("select 7") + bind_message("", "part") + execute_message("part", 1) + sync,
        execute_message("part", 1) + close('P', "part") + run_message("commit") + sync,
        bind_message("", "part") + execute_message("part") + sync,
        // Work before a BEGIN of the same batch belongs to the block.
        run_message("insert into people values (61, 'y')") + run_message("begin") + sync,
        run_message("rollback") + sync,
        run_message("insert into people values (62, 'z')") + run_message("commit") + run_message("select 1/0") + sync,
        run_message("select count(*) from people where id in (61, 62)") + sync,
        run_message("savepoint nowhere") + run_message("select 1") + sync,
        // Errors of its own.
        parse_message("select 1; select 2") + sync,
        parse_message("select 'open") + sync,
        bind_message("unknown") + sync,
        execute_message("unknown") + sync,
        close('S', "unknown") + close('S', "add") + bind_message("add") + sync,
        run_message("") + sync,
        // COPY, with a Sync too many.
        run_message("copy people from stdin") + sync,
        GateMessage('d').octets().substr(0, 1) +
            std::string("\0\0\0\x09"
                        "63\tw\n",
                        9) +
            sync + GateMessage('c').octets() + sync,
        run_message("copy people (id) to stdout") + sync,
        run_message("copy people from stdin"),
        GateMessage('f').text("enough").octets() + sync,
        // Both protocols in turn.
        query_message("begin; ") + run_message("select 3") + sync + query_message("commit"),
    };
    RawClient direct(twin());
    direct.log_in(twin());
    RawClient gated(m_url);
    gated.log_in(m_url);
    for (std::size_t i = 0; i < batches.size(); ++i) {
        direct.send(batches[i]);
        gated.send(batches[i]);
        // Each Sync and each Query is answered, unless rows of a COPY are awaited first.
        const bool copies = batches[i].find("copy people from stdin") != std::string::npos;
        const bool several = batches[i].find("commit") != std::string::npos && batches[i].front() == 'Q';
        for (int answers = several ? 3 : 1; answers > 0; --answers)
            EXPECT_EQ(gated.hear(copies ? 'G' : 'Z'), direct.hear(copies ? 'G' : 'Z')) << "batch " << i;
    }
    gated.hang_up();
    m_gate.commit();
    EXPECT_EQ(seen("select string_agg(id::text, ',' order by id) from people where id >= 60"), "60,62,63");
    EXPECT_EQ(rows_of(m_gate),
              "INSERT 1: insert into people values (?, ?) returning id\nINSERT 1: insert into people values (?, ?)\n"
              "COPY 1: copy people from stdin\n");
}

TEST_F(OneTransaction, TellsTheRowsThatWereTouchedAndNotTakenBack) {
    psql(m_url,
         "insert into people select 100 + n, 'secret' from generate_series(1, 5) n; update people set name = 'other' "
         "where id > 102;\nbegin; delete from people where id = 101; rollback; begin; delete from people where id = "
         "102; "
         "savepoint a; delete from people where id = 103; rollback to a; update people set name = 'x' where id = 1; "
         "release a; commit;\nselect 1; create table made as select 1;\ncopy people from stdin;\n200\t\\N\n\\.\n");
    psql(m_url,
         "copy people from stdin;\n200\tx\n201\ty\n\\.\ncopy people to stdout;\nmerge into people p using "
         "generate_series(1, 2) n on p.id = n when matched then delete; insert into people values (1, 'again');");
    psql(m_url, "insert into people values (300, 'open')\\; begin");
    m_gate.commit();
    EXPECT_EQ(rows_of(m_gate),
              "INSERT 5: insert into people select ? + n, ? from generate_series(?, ?) n\n"
              "UPDATE 3: update people set name = ? where id > ?\n"
              "DELETE 1: delete from people where id = ?\n"
              "UPDATE 1: update people set name = ? where id = ?\n"
              "COPY 2: copy people from stdin\n"
              "MERGE 2: merge into people p using generate_series(?, ?) n on p.id = n when matched then delete\n"
              "INSERT 1: insert into people values (?, ?)\n");
    EXPECT_EQ(seen("select count(*) from people"), "15");
}

TEST_F(OneTransaction, RefusesWhatItCannotFollow) {
    const auto refused = [&](const std::string& script) {
        const ProcessResult result = run(m_url, {"psql", "-X", "-q", "-A", "-t", "-c", script});
        return result.err.substr(0, result.err.find('\n'));
    };
    const std::string alone =
        "ERROR:  BEGIN, COMMIT, ROLLBACK and their like must be sent alone here: everything happens "
        "in one transaction that is ended later";
    EXPECT_EQ(refused("begin; delete from people; commit"), alone);
    EXPECT_EQ(refused("delete from people; commit"), alone);
    EXPECT_EQ(refused("select 'commit'; select 1; -- commit"), "");
    const std::string chain =
        "ERROR:  AND CHAIN and two-phase commit cannot be had here: everything happens in one "
        "transaction that is ended later";
    EXPECT_EQ(refused("commit and chain"), chain);
    EXPECT_EQ(refused("prepare transaction 'x'"), chain);
    EXPECT_EQ(refused("rollback prepared 'x'"), chain);
    EXPECT_EQ(refused("select 'open; commit"), "ERROR:  the quoted text that begins here does not end (')");
    RawClient client(m_url);
    client.log_in(m_url);
    client.send(query_message("begin") + query_message("delete from people; commit") + query_message("select 1") +
                query_message("commit"));
    for (const char* answer : {"C:BEGIN Z:T", "E:0A000 Z:E", "E:25P02 Z:E", "C:ROLLBACK Z:I"})
        EXPECT_EQ(client.hear('Z'), answer);
    client.send(run_message("begin") + run_message("commit and chain") + sync_message());
    EXPECT_EQ(client.hear('Z'), "1 2 C:BEGIN 1 2 E:0A000 Z:E");
    client.send(query_message("rollback") + query_message("set standard_conforming_strings = off") +
                query_message("select 'a\\'; commit; --'") + query_message("select 1") +
                query_message("set standard_conforming_strings = on; set client_encoding = sjis") +
                query_message("select '\x95\\'; commit; --'") + query_message("select 2"));
    for (const char* answer : {"C:ROLLBACK Z:I", "C:SET Z:I", "E:0A000 Z:I", "T D:1 C:SELECT_1 Z:I", "C:SET C:SET Z:I",
                               "E:0A000 Z:I", "T D:2 C:SELECT_1 Z:I"})
        EXPECT_EQ(client.hear('Z'), answer);
    EXPECT_EQ(seen("select count(*) from people"), "10");
}

TEST_F(OneTransaction, IsForOneConnectionAtATime) {
    Session first = through(m_url);
    first.execute("insert into people values (70, 'a'); create temp table mine (n int); set work_mem = '9MB'");
    const ProcessResult second = psql(m_url, "select 1");
    EXPECT_NE(second.err.find("no more than 1 connection at a time through this gate"), std::string::npos)
        << second.err;
    { const Session gone = std::move(first); }
    EXPECT_EQ(psql(m_url.with("client_encoding", "LATIN1").with("options", "-c work_mem=8MB -c my.own=x"),
                   "show client_encoding; show work_mem; show my.own")
                  .out,
              "LATIN1\n8MB\nx\n");
    const ProcessResult wrong = psql(m_url.with("options", "-c work_mem=much"), "select 1");
    EXPECT_NE(wrong.err.find("invalid value for parameter \"work_mem\": \"much\""), std::string::npos) << wrong.err;
    Session later = through(m_url);
    EXPECT_EQ(later.value("select name from people where id = 70"), "a");
    EXPECT_EQ(later.value("select to_regclass('mine')"), std::nullopt);
    EXPECT_EQ(later.value("show work_mem"), "4MB");
    m_gate.commit();
    EXPECT_EQ(seen("select name from people where id = 70"), "a");
}

TEST_F(OneTransaction, OutlivesProgramsThatDie) {
    psql(m_url, "insert into people values (80, 'kept')");
    end_in("wait_event = 'PgSleep'", m_url,
           {"psql", "-X", "-c", "begin", "-c", "insert into people values (81, 'open')", "-c", "select pg_sleep(600)"});
    end_in("wait_event = 'PgSleep'", m_url,
           {"psql", "-X", "-c", "insert into people select 82, 'cut off' from pg_sleep(600)"});
    end_in("query ~ '^copy' and wait_event = 'ClientRead'", m_url,
           {"sh", "-c", "(seq -f '9%g\tx' 1 100000; sleep 600) | psql -X -c 'copy people from stdin'"});
    end_in("query ~ 'repeat'", m_url,
           {"psql", "-X", "-o", "/dev/null", "-c", "select repeat('x', 1000000) from generate_series(1, 1000000)"});
    RawClient client(m_url);
    client.log_in(m_url);
    client.send(run_message("insert into people values (83, 'unsynced')") + GateMessage('H').octets());
    EXPECT_EQ(client.hear('C'), "1 2 C:INSERT_0_1");
    client.hang_up();
    psql(m_url, "insert into people values (84, 'kept')");
    m_gate.commit();
    EXPECT_EQ(seen("select string_agg(id::text, ',' order by id) from people where id >= 80"), "80,84");
    EXPECT_EQ(rows_of(m_gate),
              "INSERT 1: insert into people values (?, ?)\nINSERT 1: insert into people values (?, ?)\n");
}

TEST_F(OneTransaction, KeepsToOneStatementWhatTheProgramCancels) {
    Interruption own;
    Session session(m_url, "program", own);
    session.execute("insert into people values (90, 'before')");
    auto slept = std::async(std::launch::async, [&] { session.query("select pg_sleep(600)"); });
    ASSERT_TRUE(falls_asleep(session.backend_pid()));
    own.request(2);
    EXPECT_THROW(slept.get(), Interrupted);
    m_gate.commit();
    EXPECT_EQ(seen("select name from people where id = 90"), "before");
}

TEST_F(OneTransaction, CarriesFrameworks) {
    EXPECT_EQ(python(m_url, R"(
connection = psycopg2.connect(url)
with connection, connection.cursor() as cursor:
    cursor.execute('insert into people values (%s, %s)', (110, 'it\'s'))
try:
    with connection, connection.cursor() as cursor:
        cursor.execute('insert into people values (111, null)')
except psycopg2.errors.NotNullViolation: print('refused')
connection.autocommit = True
cursor = connection.cursor()
cursor.execute('update people set name = name where id = 110'); print(cursor.rowcount, cursor.connection.info.transaction_status)
)")
                  .out,
              "refused\n1 0\n");
    const TemporaryDirectory project("lastgood-test-");
    replace_file(project.path() / "20260101000000_one.sql",
                 "-- migrate:up\ncreate table goods (id int); insert into goods values (1), (2);\n"
                 "-- migrate:down\ndrop table goods;\n");
    const ProcessResult up =
        run(m_url, {k_dbmate, "--no-dump-schema", "--migrations-dir", project.path().string(), "up"});
    EXPECT_EQ(up.exit_code, 0) << up.out << up.err;
    EXPECT_EQ(seen("select to_regclass('goods') is null"), "t");
    m_gate.commit();
    EXPECT_EQ(seen("select (select count(*) from goods), (select version from schema_migrations), (select name from "
                   "people where id = 110)"),
              "2|20260101000000|it's");
}

TEST_F(OneTransaction, SaysWhenItWasLostBeforeTheCommit) {
    psql(m_url, "insert into people values (120, 'x')");
    m_cluster.sql("postgres", "select pg_terminate_backend(" + std::to_string(m_listener.last_pid) + ", 5000)");
    const ProcessResult after = psql(m_url, "select 1");
    EXPECT_NE(after.exit_code, 0);
    const ProcessResult refused = psql(m_url, "select 1");
    EXPECT_NE(refused.err.find("the transaction behind this gate is over"), std::string::npos) << refused.err;
    const Failure failure = test::failure_of([&] { m_gate.commit(); });
    EXPECT_EQ(failure.code(), ExitCode::failed_clean) << failure.what_happened();
    EXPECT_EQ(failure.changed(), "nothing");
    m_gate.rollback();
    EXPECT_EQ(backends(), 0);
}

TEST_F(OneTransaction, IsInDoubtWhenTheConnectionIsLostInTheCommit) {
    m_cluster.sql(m_database,
                  "create table slow (n int); create function slow() returns trigger language plpgsql as $$begin if "
                  "exists (select from slow) then perform pg_sleep(600); end if; return null; end$$; create constraint "
                  "trigger slow after insert on people deferrable initially deferred for each row execute function "
                  "slow()");
    psql(m_url, "insert into people values (130, 'x')");
    m_cluster.sql(m_database, "insert into slow values (1)");
    auto committed = std::async(std::launch::async, [&] { return test::failure_of([&] { m_gate.commit(); }); });
    ASSERT_TRUE(falls_asleep(m_listener.last_pid));
    m_cluster.sql("postgres", "select pg_terminate_backend(" + std::to_string(m_listener.last_pid) + ")");
    const Failure failure = committed.get();
    EXPECT_EQ(failure.code(), ExitCode::in_doubt) << failure.what_happened();
    EXPECT_NE(failure.what_happened().find("was lost while a transaction was committed"), std::string::npos);
}

TEST_F(OneTransaction, NoticesACommitThatCameThrough) {
    // The body's end is overlooked: CASE is a label here.
    psql(m_url, "insert into people values (140, 'x')");
    psql(m_url, "create function f() returns int begin atomic select 1 as case; end\\; commit;");
    const Failure failure = test::failure_of([&] { m_gate.rollback(); });
    EXPECT_EQ(failure.code(), ExitCode::in_doubt);
    EXPECT_NE(failure.what_happened().find("the program has ended the transaction that it worked in"),
              std::string::npos)
        << failure.what_happened();
    EXPECT_EQ(backends(), 0);
}

TEST_F(OneTransaction, EndsAtASignal) {
    Interruption own;
    Gate gate(of_one(order()), m_listener, own);
    const ConnectionUrl url = gate.listen_in_directory();
    Session session = through(url);
    session.execute("insert into people values (150, 'x')");
    auto slept = std::async(std::launch::async, [&] { session.query("select pg_sleep(600)"); });
    ASSERT_TRUE(falls_asleep(session.backend_pid()));
    own.request(15);
    EXPECT_THROW(slept.get(), DatabaseError);
    EXPECT_THROW(gate.commit(), Interrupted);
    gate.rollback();
    EXPECT_EQ(backends(), 0);
    EXPECT_EQ(seen("select count(*) from people"), "10");
}

}  // namespace
}  // namespace lastgood
