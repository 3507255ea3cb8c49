#include "gate/gate.hpp"

#include "core/failure.hpp"
#include "database/copy_connection.hpp"
#include "gate_world.hpp"
#include "outside/files.hpp"

#include <filesystem>
#include <future>

namespace lastgood {
namespace {

using namespace std::chrono_literals;

class Gates : public GateWorld {};

TEST_F(Gates, LetAProgramIntoTheTargetWhateverItAsksFor) {
    Gate gate(order(), m_listener, m_interruption);
    const ConnectionUrl url = gate.listen_in_directory();
    for (const char* database : {"production", "postgres", ""}) {
        Session session = through(url.with("dbname", database).with("user", "somebody"));
        EXPECT_EQ(session.value("select current_database()"), m_database);
        EXPECT_EQ(session.value("select current_user"), "postgres");
        EXPECT_EQ(session.value("show application_name"), k_name);
        EXPECT_EQ(session.backend_pid(), std::stoi(*session.value("select pg_backend_pid()")));
    }
}

TEST_F(Gates, AskForTheirPasswordAndKeepTheirSocketToTheirUser) {
    Gate gate(order(), m_listener, m_interruption);
    for (const ConnectionUrl& url : {gate.listen_in_directory(), gate.listen_on_loopback()}) {
        EXPECT_EQ(url.part("password"), gate.password().reveal());
        EXPECT_GE(gate.password().reveal().size(), 32U);
        EXPECT_EQ(through(url).value("select 1"), "1");
        const ProcessResult wrong = psql(url.with("password", "wrong"), "select 1");
        EXPECT_NE(wrong.err.find("FATAL:  password authentication failed at the gate"), std::string::npos) << wrong.err;
        EXPECT_EQ(wrong.exit_code, 2);
        EXPECT_EQ(psql(url.with("password", ""), "select 1").exit_code, 2);
    }
    const std::filesystem::path place = gate.listen_in_directory().part("host");
    EXPECT_EQ(std::filesystem::status(place).permissions(), std::filesystem::perms::owner_all);
    EXPECT_EQ(m_listener.count("connected"), 2U) << "who is not let in never reaches the server";
}

TEST_F(Gates, PassOnWhatAProgramWishesOfItsSession) {
    Gate gate(order(), m_listener, m_interruption);
    const ConnectionUrl url = gate.listen_in_directory();
    const ProcessResult result =
        run(url.with("client_encoding", "LATIN1")
                .with("options", "-c search_path=\"a\\ b\",public --work_mem=5MB -c lastgood.note=x\\\\y"),
            {"psql", "-X", "-A", "-t", "-c",
             "select string_agg(current_setting(n), '|' order by n) from unnest(array['client_encoding', "
             "'search_path', 'work_mem', 'lastgood.note', 'application_name']) n"});
    EXPECT_EQ(result.out, std::string(k_name) + "|LATIN1|x\\y|\"a b\",public|5MB\n") << result.err;
    EXPECT_EQ(python(url,
                     "c = psycopg2.connect(url, options='-c datestyle=german -c timezone=Asia/Tokyo').cursor()\n"
                     "c.execute(\"select date '2026-11-22', current_setting('timezone')\"); print(c.fetchone())")
                  .out,
              "(datetime.date(2026, 11, 22), 'Asia/Tokyo')\n");
    const ProcessResult unknown = psql(url.with("options", "-c no_such_setting=1"), "select 1");
    EXPECT_NE(unknown.err.find("unrecognized configuration parameter \"no_such_setting\""), std::string::npos)
        << unknown.err;
}

TEST_F(Gates, LetTheTargetsOwnSettingsWin) {
    Gate::Order guarded = order();
    guarded.target = target()
                         .with_setting("lock_timeout", "2s")
                         .with_setting("statement_timeout", "1h")
                         .with("client_encoding", "LATIN1");
    Gate gate(guarded, m_listener, m_interruption);
    Session session = through(gate.listen_in_directory()
                                  .with_setting("Lock-Timeout", "0")
                                  .with_setting("statement_timeout", "5s")
                                  .with_setting("idle_session_timeout", "1d"));
    EXPECT_EQ(session.value("show lock_timeout"), "2s");
    EXPECT_EQ(session.value("show statement_timeout"), "1h");
    EXPECT_EQ(session.value("show idle_session_timeout"), "1d");
    EXPECT_EQ(session.value("show client_encoding"), "UTF8") << "what the octets mean is the program's to say";
}

TEST_F(Gates, RefuseReplication) {
    Gate gate(order(), m_listener, m_interruption);
    const ConnectionUrl url = gate.listen_in_directory();
    for (const char* replication : {"database", "true"}) {
        const ProcessResult result =
            run(url, {"psql", "-X", "-c", "IDENTIFY_SYSTEM", "replication=" + std::string(replication)});
        EXPECT_NE(result.err.find("replication is not let through"), std::string::npos) << result.err;
    }
    EXPECT_EQ(run(url, {"psql", "-X", "-A", "-t", "-c", "select 1", "replication=false"}).out, "1\n");
}

TEST_F(Gates, SayWhatTheServerHasAgainstAConnection) {
    Gate::Order lost = order();
    lost.target = target().with_database("nowhere");
    Gate gate(lost, m_listener, m_interruption);
    const ProcessResult result = psql(gate.listen_in_directory(), "select 1");
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_NE(result.err.find("database \"nowhere\" does not exist"), std::string::npos) << result.err;
    EXPECT_TRUE(m_listener.notes().empty());
}

TEST_F(Gates, CarryPsqlAndCopyInBothDirections) {
    Gate gate(order(), m_listener, m_interruption);
    const ConnectionUrl url = gate.listen_on_loopback();
    const ProcessResult result = psql(url,
                                      "create table t (n int, s text);\n"
                                      "copy t from stdin;\n1\tone\n2\t\\N\n\\.\n"
                                      "copy (select n * 10 from t order by n) to stdout;\n"
                                      "\\dt\n");
    EXPECT_EQ(result.out, "10\n20\npublic|t|table|postgres\n") << result.err;
    EXPECT_EQ(m_cluster.sql(m_database, "select count(*), count(s) from t"), "2|1");

    CopyConnection copy(url, "program", m_interruption);
    copy.begin();
    const std::string block(1 << 16, 'x');
    {
        CopyIn rows(copy, "copy public.t (s) from stdin");
        for (int i = 0; i < 400; ++i) {
            rows.put(block);
            rows.put("\n");
        }
        rows.finish();
    }
    std::size_t seen = 0;
    copy.copy_out("copy (select s from public.t where n is null) to stdout", [&](std::string_view line) {
        EXPECT_EQ(line.size(), block.size() + 1);
        ++seen;
    });
    copy.commit();
    EXPECT_EQ(seen, 400U);
    EXPECT_EQ(m_listener.count("COPY 400 <- copy public.t (s) from stdin"), 1U);
}

TEST_F(Gates, CarryMessagesOfManyMegabytesInBothDirections) {
    Gate gate(order(), m_listener, m_interruption);
    for (const ConnectionUrl& url : {gate.listen_on_loopback(), gate.listen_in_directory()}) {
        Command plain = command(url, {"psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-f", "-"});
        plain.timeout = 60s;
        for (const std::size_t size : {1UL << 20U, 5UL << 20U}) {
            const std::string text(size, 'x');
            plain.input = "select length('" + text + "');\n";
            EXPECT_EQ(m_processes.run(plain).out, std::to_string(size) + "\n");
            plain.input = "create temp table t (s text);\ncopy t from stdin;\n" + text + "\n\\.\nselect s from t;\n";
            EXPECT_EQ(m_processes.run(plain).out, text + "\n");
            Session session = through(url);  // of the extended protocol: a Parse, and a Bind, of that size
            EXPECT_EQ(session.value("select length('" + text + "') + length($1)", {text}), std::to_string(2 * size));
        }
    }
}

TEST_F(Gates, GiveAProgramThatReadsSlowlyEverythingToTheEnd) {
    Gate gate(order(), m_listener, m_interruption);
    const ConnectionUrl url = gate.listen_in_directory();
    const char* const slow =
        "import sys, time\nseen = 0\n"
        "for block in iter(lambda: sys.stdin.buffer.read1(65536), b''): seen += len(block); time.sleep(0.001)\n"
        "print(seen)";
    // What is left at the end is now more, now less than there is room for.
    for (int rows = 3000; rows < 3600; rows += 40) {
        Command reading = command(
            url,
            {"sh", "-c", "psql -X -c \"$1\" | /usr/bin/python3 -c \"$2\"", "sh",
             "copy (select repeat('x', 999) from generate_series(1, " + std::to_string(rows) + ")) to stdout", slow});
        reading.timeout = 20s;
        ASSERT_EQ(m_processes.run(reading).out, std::to_string(rows * 1000) + "\n");
    }
}

TEST_F(Gates, CarryPythonAndAProgramOfTheExtendedProtocol) {
    Gate gate(order(), m_listener, m_interruption);
    const ConnectionUrl url = gate.listen_on_loopback();
    EXPECT_EQ(python(url, R"(
connection = psycopg2.connect(url)
cursor = connection.cursor()
cursor.execute('create table p (n int primary key, s text)')
cursor.executemany('insert into p values (%s, %s)', [(n, 'it\'s ' + str(n)) for n in range(50)])
connection.commit()
try: cursor.execute('insert into p values (1)')
except psycopg2.errors.UniqueViolation as e: print(e.diag.constraint_name)
connection.rollback()
named = connection.cursor('c'); named.itersize = 7
named.execute('select n from p order by n'); print(sum(row[0] for row in named))
connection.set_client_encoding('LATIN1'); print(connection.encoding)
)")
                  .out,
              "p_pkey\n1225\nLATIN1\n");

    const TemporaryDirectory project("lastgood-test-");
    replace_file(project.path() / "20260101000000_one.sql",
                 "-- migrate:up\ncreate table goods (id int); insert into goods values (1), (2);\n"
                 "-- migrate:down\ndrop table goods;\n");
    const auto with = [&](const char* word) {
        return std::vector<std::string>{k_dbmate, "--no-dump-schema", "--migrations-dir", project.path().string(),
                                        word};
    };
    const ProcessResult up = run(url, with("up"));
    EXPECT_EQ(up.exit_code, 0) << up.out << up.err;
    EXPECT_EQ(m_cluster.sql(m_database, "select count(*) from goods"), "2");
    EXPECT_EQ(m_cluster.sql(m_database, "select version from schema_migrations"), "20260101000000");
    EXPECT_EQ(run(url, with("down")).exit_code, 0);
    EXPECT_EQ(m_cluster.sql(m_database, "select to_regclass('goods') is null"), "t");
}

TEST_F(Gates, CancelWhatTheirOwnClientCancels) {
    Gate gate(order(), m_listener, m_interruption);
    const ConnectionUrl url = gate.listen_on_loopback();
    Interruption own;
    Session session(url, "program", own);
    Session other = through(url);
    auto slept = std::async(std::launch::async, [&] { session.query("select pg_sleep(600)"); });
    ASSERT_TRUE(falls_asleep(session.backend_pid()));
    own.request(2);
    EXPECT_THROW(slept.get(), Interrupted);
    EXPECT_EQ(other.value("select 1"), "1");
}

TEST_F(Gates, LeaveNothingOnTheServerWhateverAProgramDoes) {
    Gate gate(order(), m_listener, m_interruption);
    const ConnectionUrl url = gate.listen_on_loopback();
    EXPECT_EQ(psql(url, "begin; create table gone (n int);").exit_code, 0);
    EXPECT_TRUE(comes_true([&] { return m_listener.count("ended") == 1; }));
    EXPECT_EQ(backends(), 0);
    end_in("wait_event = 'PgSleep'", url, {"psql", "-X", "-c", "select pg_sleep(600)"});
    end_in("query ~ '^copy'", url,
           {"psql", "-X", "-o", "/dev/null", "-c", "copy (select 1 from generate_series(1, 1000000000)) to stdout"});
    end_in("query ~ '^copy' and wait_event = 'ClientRead'", url,
           {"sh", "-c", "(echo 1; sleep 600) | psql -X -c 'create table c (n int)' -c 'copy c from stdin'"});
    EXPECT_TRUE(comes_true([&] { return m_listener.count("ended") == 4; }));
    EXPECT_EQ(backends(), 0);
    EXPECT_EQ(m_cluster.sql(m_database, "select to_regclass('gone') is null, (select count(*) from c)"), "t|0");
}

TEST_F(Gates, EndTheirConnectionsWhenTheyClose) {
    auto gate = std::make_unique<Gate>(order(), m_listener, m_interruption);
    const ConnectionUrl url = gate->listen_in_directory();
    Session idle = through(url);
    Session busy = through(url);
    auto slept = std::async(std::launch::async, [&] { busy.query("select pg_sleep(600)"); });
    ASSERT_TRUE(falls_asleep(busy.backend_pid()));
    gate->close();
    EXPECT_EQ(backends(), 0);
    EXPECT_THROW(slept.get(), DatabaseError);
    EXPECT_THROW(idle.query("select 1"), DatabaseError);
    EXPECT_THROW(through(url), Failure);
    gate.reset();
    EXPECT_FALSE(std::filesystem::exists(url.part("host")));
}

TEST_F(Gates, EndEverythingAtASignal) {
    Interruption own;
    Gate gate(order(), m_listener, own);
    const ConnectionUrl url = gate.listen_in_directory();
    Session busy = through(url);
    auto slept = std::async(std::launch::async, [&] { busy.query("select pg_sleep(600)"); });
    ASSERT_TRUE(falls_asleep(busy.backend_pid()));
    own.request(15);
    EXPECT_THROW(slept.get(), DatabaseError);
    EXPECT_TRUE(comes_true([&] { return backends() == 0; }));
    EXPECT_THROW(through(url), Failure);
}

TEST_F(Gates, HoldTwentyConnectionsAtOnceAndNoMore) {
    Gate::Order many = order();
    many.connections = 20;
    Gate gate(many, m_listener, m_interruption);
    const ConnectionUrl url = gate.listen_on_loopback();
    std::vector<std::future<std::string>> answers;
    answers.reserve(20);
    std::mutex mutex;
    std::vector<Session> sessions;
    for (int i = 0; i < 20; ++i) {
        answers.push_back(std::async(std::launch::async, [&, i] {
            Session session = through(url);
            std::string answer =
                session.value("select sum(n)::text from generate_series(1, $1::int) n", {std::to_string(1000 + i)})
                    .value();
            const std::lock_guard lock(mutex);
            sessions.push_back(std::move(session));
            return answer;
        }));
    }
    for (int i = 0; i < 20; ++i) {
        const int n = 1000 + i;
        EXPECT_EQ(answers[static_cast<std::size_t>(i)].get(), std::to_string(n * (n + 1) / 2));
    }
    EXPECT_EQ(backends(), 20);
    const ProcessResult refused = psql(url, "select 1");
    EXPECT_NE(refused.err.find("no more than 20 connections at a time through this gate"), std::string::npos)
        << refused.err;
    sessions.pop_back();
    EXPECT_TRUE(comes_true([&] { return psql(url, "select 1").out == "1\n"; }));
}

}  // namespace
}  // namespace lastgood
