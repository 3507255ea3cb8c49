#include "core/failure.hpp"
#include "support.hpp"

#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace lastgood {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_F(ProcessTest, EndsTheGroupAtASignalOfOurs) {
    pid_t child = 0;
    Command command = shell("echo $$; sleep 1000; echo never");
    command.on_line = [&](OutputStream, std::string_view line) {
        child = std::stoi(std::string(line));
        ::kill(::getpid(), SIGTERM);
    };
    try {
        processes.run(command);
        FAIL() << "not interrupted";
    } catch (const Interrupted& interrupted) {
        EXPECT_EQ(interrupted.signal(), SIGTERM);
    }
    EXPECT_FALSE(is_running(child));
    EXPECT_THROW(processes.run(shell("echo")), Interrupted) << "nothing new is started";
}

TEST_F(ProcessTest, EndsTheGroupAtARequestFromAnotherThread) {
    Command command = shell("echo started; sleep 1000");
    std::thread other;
    command.on_line = [&](OutputStream, std::string_view) {
        other = std::thread([&] { interruption.request(SIGINT); });
    };
    EXPECT_THROW(processes.run(command), Interrupted);
    other.join();
}

TEST_F(ProcessTest, FinishesBehindAShield) {
    {
        const Interruption::Shield shield(interruption);
        interruption.request(SIGTERM);
        EXPECT_EQ(processes.run(shell("echo cleaned up")).out, "cleaned up\n");
    }
    EXPECT_THROW(interruption.check(), Interrupted);
}

TEST_F(ProcessTest, CountsASignalForUsAllAsOurs) {
    Command command = shell("echo ready; kill -INT $$");
    std::thread other;
    command.on_line = [&](OutputStream, std::string_view) { other = std::thread([] { ::kill(::getpid(), SIGINT); }); };
    EXPECT_THROW(processes.run(command), Interrupted);
    other.join();
}

TEST_F(ProcessTest, CountsASignalForTheChildAloneAsItsEnd) {
    const ProcessResult result = processes.run(shell("kill -TERM $$"));
    EXPECT_EQ(result.signal, SIGTERM);
    EXPECT_EQ(result.say_end(), "killed by SIGTERM");
}

TEST_F(ProcessTest, WaitsForASignalOfOursWhereAJudgedChildMadeAFailureOfIt) {
    Command command = shell("exit 1");
    command.judged = true;
    std::thread other([&] {
        std::this_thread::sleep_for(seconds(1));  // as long as a runner takes from one process to the next
        interruption.request(SIGTERM);
    });
    EXPECT_THROW(processes.run(command), Interrupted);
    other.join();
}

TEST_F(ProcessTest, TakesTheFailureOfAJudgedChildForItsOwnWhereNoSignalComes) {
    Command command = shell("exit 1");
    command.judged = true;
    EXPECT_EQ(processes.run(command).exit_code, 1);
}

TEST_F(ProcessTest, DiesWithItsParent) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    // Not the fixture's: threads do not survive a fork.
    const pid_t parent = ::fork();
    if (parent == 0) {
        Interruption own;
        Processes children(own, redaction, environment);
        Command command = shell("echo $$; exec sleep 1000");
        command.on_line = [&](OutputStream, std::string_view line) {
            const pid_t pid = std::stoi(std::string(line));
            (void)!::write(ends[1], &pid, sizeof pid);
        };
        children.run(command);
        ::_exit(1);
    }
    pid_t child = 0;
    ASSERT_EQ(::read(ends[0], &child, sizeof child), static_cast<ssize_t>(sizeof child));
    ASSERT_TRUE(is_running(child));
    ::kill(parent, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(parent, &status, 0), parent);
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(WTERMSIG(status), SIGKILL);
    ::prctl(PR_SET_CHILD_SUBREAPER, 0);
    ::close(ends[0]);
    ::close(ends[1]);
}

/// A process that a program left behind when it was killed: it depends on nobody. It has said that it is ready.
class Leftover {
  public:
    Leftover(std::string script, const std::string& mark) {
        std::vector<std::string> variables{"PATH=/usr/bin:/bin", "LASTGOOD_CHILD=" + mark};
        script.insert(0, "exec 2>/dev/null; ");
        std::string shell = "sh";
        std::string option = "-c";
        char* argv[] = {shell.data(), option.data(), script.data(), nullptr};
        char* environment[] = {variables[0].data(), variables[1].data(), nullptr};
        int ends[2] = {-1, -1};
        EXPECT_EQ(::pipe(ends), 0);
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
        EXPECT_EQ(::posix_spawn(&m_pid, "/bin/sh", &actions, nullptr, argv, environment), 0);
        posix_spawn_file_actions_destroy(&actions);
        char ready = 0;
        EXPECT_EQ(::read(ends[0], &ready, 1), 1);
        ::close(ends[0]);
        ::close(ends[1]);
    }
    ~Leftover() {
        ::kill(m_pid, SIGKILL);
        ::waitpid(m_pid, nullptr, 0);
    }
    Leftover(const Leftover&) = delete;
    Leftover& operator=(const Leftover&) = delete;
    bool runs() const { return is_running(m_pid); }

  private:
    pid_t m_pid = -1;
};

std::string own_mark(const char* name) {
    return std::string(name) + "-" + std::to_string(::getpid());
}

TEST(Leftovers, AreEndedAndWaitedFor) {
    const Leftover ours("echo; exec sleep 1000", own_mark("a"));
    const Leftover theirs("echo; exec sleep 1000", own_mark("ab"));
    EXPECT_EQ(end_leftover_processes(own_mark("a"), seconds(5)), 1);
    EXPECT_FALSE(ours.runs());
    EXPECT_TRUE(theirs.runs());
    EXPECT_EQ(end_leftover_processes(own_mark("a"), seconds(5)), 0);
}

TEST(Leftovers, AreKilledAfterTheGrace) {
    const Leftover stubborn("trap '' TERM; sleep 1000 & echo; wait; wait", own_mark("c"));
    EXPECT_EQ(end_leftover_processes(own_mark("c"), milliseconds(100)), 2);
    EXPECT_FALSE(stubborn.runs());
}

TEST(Leftovers, AreNeverWeOrOurAncestors) {
    // A shell that carries the mark starts us, so that both it and we have it.
    const std::string mark = own_mark("d");
    const pid_t marked = ::fork();
    if (marked == 0) {
        const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
        const std::string script = self + " --gtest_filter=Leftovers.EndTheirMark >/dev/null; exit $?";
        const std::string variable = "LASTGOOD_CHILD=" + mark;
        const char* variables[] = {variable.c_str(), "PATH=/usr/bin:/bin", nullptr};
        ::execle("/bin/sh", "sh", "-c", script.c_str(), nullptr, variables);
        ::_exit(127);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(marked, &status, 0), marked);
    EXPECT_TRUE(WIFEXITED(status)) << "killed by " << WTERMSIG(status);
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(Leftovers, EndTheirMark) {
    const auto mark = Environment::of_process().get("LASTGOOD_CHILD");
    if (!mark) GTEST_SKIP() << "run by AreNeverWeOrOurAncestors";
    EXPECT_EQ(end_leftover_processes(*mark, milliseconds(0)), 0);
}

}  // namespace
}  // namespace lastgood
