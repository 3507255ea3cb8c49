#include "outside/process.hpp"

#include "core/failure.hpp"
#include "outside/files.hpp"
#include "support.hpp"
#include "support/failure_of.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace lastgood {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_F(ProcessTest, TellsHowAProgramEnded) {
    EXPECT_TRUE(processes.run(shell("exit 0")).ok());
    const ProcessResult three = processes.run(shell("exit 3"));
    EXPECT_EQ(three.exit_code, 3);
    EXPECT_EQ(three.say_end(), "exit status 3");
    const ProcessResult killed = processes.run(shell("kill -KILL $$"));
    EXPECT_EQ(killed.exit_code, -1);
    EXPECT_EQ(killed.signal, SIGKILL);
    EXPECT_EQ(killed.say_end(), "killed by SIGKILL");
    EXPECT_FALSE(killed.ok());
}

TEST_F(ProcessTest, KeepsOutputAndErrorsApart) {
    const ProcessResult result = processes.run(shell("echo one; echo two >&2; printf three"));
    EXPECT_EQ(result.out, "one\nthree");
    EXPECT_EQ(result.err, "two\n");
}

TEST_F(ProcessTest, TellsTheLastLines) {
    EXPECT_EQ(processes.run(shell("echo out; printf '1\\n2\\n3\\n\\n' >&2")).tail(2), "2\n3");
    EXPECT_EQ(processes.run(shell("echo a; echo b")).tail(5), "a\nb");
    EXPECT_EQ(processes.run(shell("echo a; echo b")).tail(1), "b");
    EXPECT_EQ(processes.run(shell(":")).tail(5), "");
}

TEST_F(ProcessTest, HandsOverLinesAsTheyCome) {
    std::vector<std::string> lines;
    Command command = shell("echo one; echo two >&2; printf '\\033[31mred\\r\\n::error::x\\n##[group]\\nlast'");
    command.on_line = [&](OutputStream stream, std::string_view line) {
        if (stream == OutputStream::out) lines.emplace_back(line);
    };
    processes.run(command);
    EXPECT_EQ(lines, (std::vector<std::string>{"one", "red", ": :error::x", "# #[group]", "last"}));
}

TEST_F(ProcessTest, RedactsWhatAChildPrints) {
    redaction.add("hunter22");
    std::string heard;
    Command command = shell("echo out $PASSWORD; printf 'err hunter22' >&2");
    command.environment["PASSWORD"] = "hunter22";
    command.on_line = [&](OutputStream, std::string_view line) { heard += line; };
    const ProcessResult result = processes.run(command);
    EXPECT_EQ(result.out, "out ***\n");
    EXPECT_EQ(result.err, "err ***\n");
    EXPECT_EQ(heard.find("hunter"), std::string::npos) << heard;
}

TEST_F(ProcessTest, SetsTheEnvironmentOfTheChildOnly) {
    Command command = shell("echo $SHOP-$ADDED-${HOME-none}-$LASTGOOD_CHILD");
    command.environment = {{"ADDED", "yes"}, {"SHOP", "shut"}};
    command.without = {"HOME"};
    command.leftover_mark = "run-1";
    EXPECT_EQ(processes.run(command).out, "shut-yes-none-run-1\n");
    EXPECT_EQ(processes.run(shell("echo $SHOP-$ADDED-$LASTGOOD_CHILD")).out, "open--\n");
}

TEST_F(ProcessTest, LooksProgramsUpInThePathOfTheChild) {
    const TemporaryDirectory place("lastgood-test-");
    replace_file(place.path() / "our-tool", "#!/bin/sh\necho found\n");
    std::filesystem::permissions(place.path() / "our-tool", std::filesystem::perms(0755));
    Command command;
    command.argv = {"our-tool"};
    EXPECT_THROW(processes.run(command), Failure);
    command.environment["PATH"] = "/nonexistent:" + place.path().string();
    EXPECT_EQ(processes.run(command).out, "found\n");
    EXPECT_EQ(processes.find("sh"), "/usr/bin/sh");
    EXPECT_EQ(processes.find("our-tool"), "");
}

TEST_F(ProcessTest, RunsInTheDirectoryOfTheCommand) {
    const TemporaryDirectory place("lastgood-test-");
    replace_file(place.path() / "deploy.sh", "#!/bin/sh\npwd\n");
    std::filesystem::permissions(place.path() / "deploy.sh", std::filesystem::perms(0755));
    Command command;
    command.argv = {"./deploy.sh"};
    command.directory = place.path();
    EXPECT_EQ(processes.run(command).out, place.path().string() + "\n");
}

/// What the failure to start `command` says.
std::string refusal(Processes& processes, const Command& command) {
    try {
        processes.run(command);
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.code(), ExitCode::usage);
        return failure.what_happened() + " | " + failure.next();
    }
    return "started";
}

TEST_F(ProcessTest, SaysWhyAProgramCannotBeStarted) {
    const TemporaryDirectory place("lastgood-test-");
    const std::string script = (place.path() / "script").string();
    replace_file(script, "echo no interpreter\n");
    Command command;
    command.argv = {"no-such-program"};
    EXPECT_EQ(
        refusal(processes, command),
        "cannot start \"no-such-program\": not found in PATH | install no-such-program, or put its directory into "
        "PATH, then run this again");
    command.argv = {script};
    EXPECT_EQ(refusal(processes, command), "cannot start \"" + script + "\": Permission denied | chmod +x " + script);
    std::filesystem::permissions(script, std::filesystem::perms(0755));
    EXPECT_EQ(refusal(processes, command), "cannot start \"" + script + "\": Exec format error | give " + script +
                                               " a first line such as #!/bin/sh");
    command = shell("echo");
    command.directory = "/nonexistent";
    EXPECT_EQ(
        refusal(processes, command),
        "cannot start \"sh\" in /nonexistent: No such file or directory | make the directory, or correct its name, "
        "then run this again");
}

TEST_F(ProcessTest, GivesInputAndElseNone) {
    Command command = shell("cat");
    command.input = std::string(1 << 20, 'i');
    EXPECT_EQ(processes.run(command).out, command.input);
    EXPECT_EQ(processes.run(shell("cat; readlink /proc/self/fd/0")).out, "/dev/null\n");
    command = shell("exec <&-; exit 4");
    command.input = std::string(1 << 20, 'i');
    EXPECT_EQ(processes.run(command).exit_code, 4);
}

TEST_F(ProcessTest, InheritsNoDescriptor) {
    const int open_file = ::open("/dev/null", O_RDONLY);  // not close-on-exec
    ASSERT_GE(open_file, 3);
    Command command;
    command.argv = {"ls", "/proc/self/fd"};
    EXPECT_EQ(processes.run(command).out, "0\n1\n2\n3\n") << "3 is what ls reads them from";
    ::close(open_file);
}

TEST_F(ProcessTest, StartsChildrenWithDefaultSignals) {
    const std::string status = processes.run(shell("grep Sig /proc/self/status")).out;
    EXPECT_NE(status.find("SigBlk:\t0000000000000000"), std::string::npos) << status;
    EXPECT_NE(status.find("SigIgn:\t0000000000000000"), std::string::npos) << status;
}

TEST_F(ProcessTest, KeepsAllOfABigOutput) {
    const ProcessResult result = processes.run(shell("seq 1 1000000; seq 1 100000 >&2"));
    EXPECT_EQ(result.out.size(), 6'888'896U);
    EXPECT_TRUE(result.out.ends_with("\n999999\n1000000\n"));
    EXPECT_EQ(result.err.size(), 65536U);
    EXPECT_TRUE(result.err.ends_with("\n100000\n"));
}

TEST_F(ProcessTest, KeepsTheEndOfAnOutputThatIsNotWanted) {
    Command command = shell("seq 1 100000; head -c 3000000 /dev/zero | tr '\\0' x; echo; echo end");
    command.keep = KeptOutput::end();
    std::size_t longest = 0;
    command.on_line = [&](OutputStream, std::string_view line) { longest = std::max(longest, line.size()); };
    const ProcessResult result = processes.run(command);
    EXPECT_EQ(result.out.size(), 65536U);
    EXPECT_TRUE(result.out.ends_with("x [...]\nend\n"));
    EXPECT_LE(longest, 1U << 20U);
}

TEST_F(ProcessTest, KeepsAsMuchOfTheEndAsIsWantedAndNoLongLines) {
    Command command =
        shell("seq 1 100000; head -c 30000 /dev/zero | tr '\\0' x; echo; seq 1 2; head -c 9000 /dev/zero >&2");
    command.keep = KeptOutput::end(100'000);
    const ProcessResult result = processes.run(command);
    EXPECT_EQ(result.out.size(), 100'000U);
    EXPECT_TRUE(result.out.ends_with("\n100000\n" + std::string(8192, 'x') + " [...]\n1\n2\n"));
    EXPECT_EQ(result.err.size(), 8192U + 7U);
    const std::string line = std::string(30'000, 'x');
    EXPECT_EQ(processes.run(shell("echo one; echo " + line)).tail(2), "one\n" + std::string(8192, 'x') + " [...]");
}

TEST_F(ProcessTest, EndsAProgramThatSaysMoreThanItMay) {
    Command command = shell("seq 1 1000");
    command.keep = KeptOutput::all(3893);
    EXPECT_EQ(processes.run(command).out.size(), 3893U);
    command = shell("yes; sleep 1000");
    command.keep = KeptOutput::all(1 << 20);
    const auto begin = std::chrono::steady_clock::now();
    const Failure failure = test::failure_of([&] { processes.run(command); });
    EXPECT_EQ(failure.code(), ExitCode::refused);
    EXPECT_EQ(failure.what_happened(), "\"sh\" was ended: it printed more than 1 MB");
    EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(10));
    command = shell("seq 1 2000");
    command.keep = KeptOutput::all(3893);
    EXPECT_EQ(test::failure_of([&] { processes.run(command); }).code(), ExitCode::refused)
        << "though it ended by itself";
}

TEST_F(ProcessTest, EndsTheWholeGroupAtTheTimeout) {
    Command command = shell("sleep 1000 & echo $!; wait");
    command.timeout = milliseconds(100);
    const ProcessResult result = processes.run(command);
    EXPECT_TRUE(result.timed_out);
    EXPECT_FALSE(result.ok());
    EXPECT_LT(result.took, seconds(3));
    EXPECT_TRUE(result.say_end().starts_with("timed out after ")) << result.say_end();
    EXPECT_FALSE(is_running(std::stoi(result.out)));
}

TEST_F(ProcessTest, KillsWhatDoesNotWantToEnd) {
    Command command = shell("trap '' TERM; sleep 1000 & echo $!; wait; wait");
    command.timeout = milliseconds(100);
    const ProcessResult result = processes.run(command);
    EXPECT_TRUE(result.timed_out);
    EXPECT_EQ(result.signal, SIGKILL);
    EXPECT_GE(result.took, seconds(3));
    const pid_t grandchild = std::stoi(result.out);
    EXPECT_TRUE(comes_true([&] { return !is_running(grandchild); }));
}

TEST_F(ProcessTest, DoesNotWaitForAGrandchildThatHoldsThePipe) {
    const ProcessResult result = processes.run(shell("sleep 1000 & echo $!"));
    EXPECT_TRUE(result.ok());
    EXPECT_LT(result.took, seconds(3));
    const pid_t grandchild = std::stoi(result.out);
    EXPECT_TRUE(is_running(grandchild)) << "what a deploy leaves running is none of our business";
    ::kill(grandchild, SIGKILL);
}

TEST_F(ProcessTest, LeavesNoChildBehindIfTheListenerThrows) {
    pid_t child = 0;
    Command command = shell("echo $$; sleep 1000");
    command.on_line = [&](OutputStream, std::string_view line) {
        child = std::stoi(std::string(line));
        throw std::runtime_error("no more");
    };
    EXPECT_THROW(processes.run(command), std::runtime_error);
    EXPECT_FALSE(is_running(child));
}

TEST(Commands, AreSaidAsAShellWouldReadThem) {
    EXPECT_EQ(say_command({"pg_dump", "-Fd", "--file=/x", "two words"}), "pg_dump -Fd --file=/x 'two words'");
    EXPECT_EQ(say_command({"echo", "", "it's", "$HOME"}), "echo '' 'it'\\''s' '$HOME'");
}

}  // namespace
}  // namespace lastgood
