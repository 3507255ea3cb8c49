#pragma once

#include "core/failure.hpp"
#include "database/session.hpp"
#include "gate/gate.hpp"
#include "gate/listener.hpp"
#include "outside/environment.hpp"
#include "outside/interruption.hpp"
#include "outside/process.hpp"
#include "outside/redaction.hpp"
#include "support/comes_true.hpp"
#include "support/postgres_cluster.hpp"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <functional>
#include <future>
#include <mutex>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace lastgood {

using test::comes_true;

/// Notes what a gate tells, each as one line without the pid.
class NotingListener : public GateListener {
  public:
    void connected(int pid) override {
        last_pid = pid;
        note("connected");
    }
    void before_commit(int pid) override {
        if (at_commit) at_commit(pid);
        note("before_commit");
    }
    void completed(int /*pid*/, std::string_view tag, std::string_view statement) override {
        note(std::string(tag) + " <- " + std::string(statement));
    }
    void ended(int /*pid*/) override { note("ended"); }

    std::vector<std::string> notes() {
        const std::lock_guard lock(m_mutex);
        return m_notes;
    }
    std::size_t count(const std::string& line) {
        const auto all = notes();
        return static_cast<std::size_t>(std::count(all.begin(), all.end(), line));
    }

    std::function<void(int pid)> at_commit;
    std::atomic<int> last_pid{0};

  private:
    void note(std::string line) {
        const std::lock_guard lock(m_mutex);
        m_notes.push_back(std::move(line));
    }

    std::mutex m_mutex;
    std::vector<std::string> m_notes;
};

/// A gate to a database of its own, and the programs that go through it.
class GateWorld : public testing::Test {
  protected:
    static constexpr const char* k_name = "lastgood/1/2/gate";
    static constexpr const char* k_dbmate =
        LASTGOOD_SOURCE "/tests/support/tools/node_modules/@dbmate/linux-x64/bin/dbmate";

    ConnectionUrl target() { return ConnectionUrl(Secret(m_cluster.url(m_database))); }
    Gate::Order order() { return {target(), k_name}; }
    /// A session of the test's own, beside the gate.
    Session beside() { return {target(), "beside", m_interruption}; }
    Session through(const ConnectionUrl& url) { return {url, "program", m_interruption}; }

    /// How many backends of the gate there are.
    int backends() {
        return std::stoi(m_cluster.sql(
            "postgres",
            std::string("select count(*) from pg_stat_activity where application_name = '") + k_name + "'"));
    }

    /// Until the backend sleeps in a statement.
    bool falls_asleep(int pid) {
        return comes_true([&] {
            return m_cluster.sql("postgres", "select wait_event = 'PgSleep' from pg_stat_activity where pid = " +
                                                 std::to_string(pid)) == "t";
        });
    }

    /// Runs a program, and ends it with SIGTERM in the midst of what it does: once a backend of the gate's is as
    /// `state` says, a condition on pg_stat_activity.
    void end_in(const std::string& state, const ConnectionUrl& url, const std::vector<std::string>& argv) {
        end_in(state, url, argv, m_cluster);
    }
    void end_in(const std::string& state, const ConnectionUrl& url, const std::vector<std::string>& argv,
                const test::PostgresCluster& cluster) {
        Interruption own;
        Processes processes(own, m_redaction, m_environment);
        auto ended = std::async(std::launch::async, [&] { processes.run(command(url, argv)); });
        EXPECT_TRUE(comes_true([&] {
            return cluster.sql("postgres", std::string("select count(*) from pg_stat_activity where application_name = "
                                                       "'") +
                                               k_name + "' and state = 'active' and " + state) == "1";
        })) << state;
        own.request(SIGTERM);
        EXPECT_THROW(ended.get(), Interrupted);
    }

    /// A program that gets `url` as its libpq variables and as DATABASE_URL, and what it says.
    ProcessResult run(const ConnectionUrl& url, const std::vector<std::string>& argv, const std::string& input = "") {
        Command started = command(url, argv);
        started.input = input;
        return m_processes.run(started);
    }
    static Command command(const ConnectionUrl& url, const std::vector<std::string>& argv) {
        Command command;
        command.argv = argv;
        command.environment = url.environment();
        command.environment["DATABASE_URL"] = url.url().reveal();
        command.only = {{"PATH", "HOME"}};
        return command;
    }
    ProcessResult psql(const ConnectionUrl& url, const std::string& script) {
        return run(url, {"psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-f", "-"}, script);
    }
    ProcessResult python(const ConnectionUrl& url, const std::string& script) {
        return run(url, {"/usr/bin/python3", "-c", "import os, psycopg2\nurl = os.environ['DATABASE_URL']\n" + script});
    }

    test::PostgresCluster& m_cluster = test::PostgresCluster::shared();
    std::string m_database = m_cluster.create_database();
    Interruption m_interruption;
    NotingListener m_listener;
    Redaction m_redaction;
    Environment m_environment = Environment::of_process();
    Processes m_processes{m_interruption, m_redaction, m_environment};
};

}  // namespace lastgood
