#include "outside/isolation.hpp"

#include "core/failure.hpp"
#include "outside/child_isolation.hpp"
#include "outside/child_start.hpp"
#include "outside/files.hpp"
#include "support.hpp"
#include "support/child_process.hpp"
#include "support/loopback_socket.hpp"

#include <arpa/inet.h>
#include <array>
#include <grp.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

namespace lastgood {
namespace {

constexpr std::uint16_t k_port = 5432;

/// What a child may try: each function says "did" or what the system has against it.
constexpr const char* k_attempts = R"(
import ctypes, errno, os, socket, struct, sys
libc = ctypes.CDLL(None, use_errno=True)

def say(attempt):
    try:
        attempt()
        print("did")
    except OSError as error:
        print(errno.errorcode.get(error.errno, type(error).__name__))

def call(name, *arguments):
    number = {"io_uring_setup": 425, "pidfd_getfd": 438, "unshare": 272 if os.uname().machine == "x86_64" else 97}[name]
    if libc.syscall(number, *arguments) < 0:
        raise OSError(ctypes.get_errno(), name)

def setns(path):
    if libc.setns(os.open(path, os.O_RDONLY), 0) != 0:
        raise OSError(ctypes.get_errno(), "setns")

def connect(family, address):
    with socket.socket(family) as client:
        client.connect(address)

def send(port, text):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(text.encode(), ("127.0.0.1", port))
)";

class Isolated : public ProcessTest {
  protected:
    void SetUp() override {
        const std::string reason = processes.why_no_isolation();
        if (reason.empty()) return;
        const bool should_be_possible = test::run_child({"unshare", "--map-current-user", "--net", "true"}).status == 0;
        ASSERT_FALSE(should_be_possible) << reason;
        GTEST_SKIP() << reason;
    }

    static Command python(const std::string& script) {
        Command command;
        command.argv = {"/usr/bin/python3", "-c", k_attempts + script};
        return command;
    }
    static Command isolated(
        Command command, std::function<void(Descriptor)> take = [](const Descriptor&) {}) {
        command.isolation = Isolation{k_port, std::move(take)};
        return command;
    }
    /// What the script prints, isolated.
    std::string alone(const std::string& script) { return output(processes, isolated(python(script))); }
    /// And what it prints when it is not.
    std::string at_large(const std::string& script) { return output(processes, python(script)); }

    static std::string output(Processes& from, const Command& command) {
        const ProcessResult result = from.run(command);
        std::string text = result.out + result.err;
        while (!text.empty() && text.back() == '\n') text.pop_back();
        return text;
    }
};

/// Runs `action` in a process of its own, as `user` if we are root; what it returns.
std::string in_a_process(const char* user, const std::function<std::string()>& action) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe(ends.data()), 0);
    const pid_t pid = ::fork();
    if (pid == 0) {
        const passwd* entry = user == nullptr ? nullptr : ::getpwnam(user);
        if (entry != nullptr && ::geteuid() == 0) {
            const bool changed =
                ::setgroups(0, nullptr) == 0 && ::setgid(entry->pw_gid) == 0 && ::setuid(entry->pw_uid) == 0;
            // As exec would: without it /proc/self belongs to root.
            if (!changed || ::prctl(PR_SET_DUMPABLE, 1) != 0) ::_exit(1);
        }
        std::string text;
        try {
            text = action();
        } catch (const std::exception& error) {
            text = error.what();
        }
        (void)!::write(ends[1], text.data(), text.size());
        ::_exit(0);
    }
    ::close(ends[1]);
    std::string text;
    std::array<char, 4096> buffer{};
    for (ssize_t got = 0; (got = ::read(ends[0], buffer.data(), buffer.size())) > 0;)
        text.append(buffer.data(), static_cast<std::size_t>(got));
    ::close(ends[0]);
    ::waitpid(pid, nullptr, 0);
    return text;
}

TEST_F(Isolated, ReachesNoServerOfOurLoopback) {
    const Descriptor server(test::loopback_listener());
    const std::string script =
        "say(lambda: connect(socket.AF_INET, ('127.0.0.1', " + std::to_string(test::port_of(server.number())) + ")))";
    EXPECT_EQ(at_large(script), "did");
    EXPECT_EQ(alone(script), "ECONNREFUSED");
}

TEST_F(Isolated, ReachesNoUnixSocket) {
    const TemporaryDirectory place("lastgood-test-");
    const std::string path = place.path() / "server";
    const Descriptor server(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const Descriptor datagrams(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 2);
    ASSERT_EQ(::bind(server.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(::listen(server.number(), 1), 0);
    const std::string script = "say(lambda: connect(socket.AF_UNIX, '" + path + "'))";
    EXPECT_EQ(at_large(script), "did");
    EXPECT_EQ(alone(script), "EAFNOSUPPORT");

    // A socket that it may have, but not one that it could turn to another path.
    address.sun_path[path.size()] = 'd';
    ASSERT_EQ(::bind(datagrams.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    const std::string turned =
        "say(lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0].sendto(b'x', '" + path + "d'))";
    EXPECT_EQ(at_large("say(lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0].connect('" + path + "d'))"),
              "did");
    EXPECT_EQ(alone(turned), "EPERM");
    EXPECT_EQ(alone("say(lambda: socket.socketpair()); say(lambda: socket.socketpair(socket.AF_UNIX, "
                    "socket.SOCK_SEQPACKET))"),
              "did\ndid");
}

TEST_F(Isolated, SendsNothingAndResolvesNoNames) {
    const Descriptor receiver(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(::bind(receiver.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    const std::string port = std::to_string(test::port_of(receiver.number()));
    alone("send(" + port + ", 'alone')");
    at_large("send(" + port + ", 'at large')");
    std::array<char, 64> got{};
    const ssize_t size = ::recv(receiver.number(), got.data(), got.size(), 0);
    EXPECT_EQ(std::string(got.data(), static_cast<std::size_t>(size)), "at large");

    EXPECT_EQ(alone("say(lambda: socket.getaddrinfo('lastgood.example.com', 80))"), "gaierror");
    EXPECT_EQ(alone("say(lambda: socket.getaddrinfo('localhost', 80))"), "did");
    EXPECT_EQ(alone("say(lambda: connect(socket.AF_INET, ('192.0.2.1', 80)))"), "ENETUNREACH");
}

TEST_F(Isolated, CannotMakeSocketsOfOtherKinds) {
    EXPECT_EQ(alone("say(lambda: socket.socket(socket.AF_VSOCK)); say(lambda: socket.socket(socket.AF_PACKET));"
                    "say(lambda: socket.socket(socket.AF_ALG)); say(lambda: call('io_uring_setup', 1, None));"
                    "say(lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW));"
                    "say(lambda: socket.socket(socket.AF_INET6))"),
              "EAFNOSUPPORT\nEAFNOSUPPORT\nEAFNOSUPPORT\nEPERM\ndid\ndid");
}

TEST_F(Isolated, FindsNoWayBack) {
    const std::string us = std::to_string(::getpid());
    EXPECT_EQ(alone("say(lambda: setns('/proc/self/ns/net')); say(lambda: call('unshare', 0x40000000));"
                    "say(lambda: call('pidfd_getfd', os.pidfd_open(" +
                    us + "), 0, 0))"),
              "EPERM\nEPERM\nEPERM");
    const std::string memory = "say(lambda: os.close(os.open('/proc/" + us + "/mem', os.O_RDWR)))";
    const std::string network = "say(lambda: os.close(os.open('/proc/" + us + "/ns/net', os.O_RDONLY)))";
    EXPECT_EQ(at_large(memory + ";" + network), "did\ndid");
    EXPECT_EQ(alone(memory + ";" + network), "EACCES\nEACCES");
}

TEST_F(Isolated, ReachesWhatListensBehindItsPort) {
    std::thread server;
    const auto greet = [](const Descriptor& listener) {
        const Descriptor client(::accept4(listener.number(), nullptr, nullptr, SOCK_CLOEXEC));
        (void)!::write(client.number(), "hello\n", 6);
    };
    const Command command = isolated(
        python("print(socket.create_connection(('localhost', 5432)).makefile().readline(), end='')"),
        [&](Descriptor listener) { server = std::thread([&greet, held = std::move(listener)] { greet(held); }); });
    EXPECT_EQ(processes.run(command).out, "hello\n");
    server.join();
}

TEST_F(Isolated, HasItsLoopbackForItself) {
    EXPECT_EQ(alone("server = socket.create_server(('127.0.0.1', 80)); say(lambda: connect(socket.AF_INET, "
                    "('127.0.0.1', 80)))"),
              "did");
}

TEST_F(Isolated, IsolatesItsDescendantsToo) {
    const Descriptor server(test::loopback_listener());
    const std::string script =
        "if os.fork() == 0: os.setsid(); os.execl('/usr/bin/python3', 'python3', '-c', 'import socket; "
        "print(socket.socket().connect_ex((\"127.0.0.1\", " +
        std::to_string(test::port_of(server.number())) + ")))')\nos.wait()";
    EXPECT_EQ(at_large(script), "0");
    EXPECT_EQ(alone(script), std::to_string(ECONNREFUSED));
    EXPECT_EQ(alone("if os.fork() == 0:\n  say(lambda: socket.socket(socket.AF_UNIX)); sys.stdout.flush(); "
                    "os._exit(0)\nos.wait()"),
              "EAFNOSUPPORT");
}

TEST_F(Isolated, KeepsItsUserAndItsFiles) {
    const TemporaryDirectory place("lastgood-test-");
    const std::string file = place.path() / "file";
    EXPECT_EQ(alone("say(lambda: open('" + file + "', 'w').close()); print(os.getuid(), os.getgid())"),
              "did\n" + std::to_string(::getuid()) + " " + std::to_string(::getgid()));
    EXPECT_EQ(alone("print(open('/proc/self/status').read().split('NoNewPrivs:')[1].split()[0])"), "1");
}

TEST_F(Isolated, IsKilledIfNobodyTakesItsListener) {
    pid_t child = 0;
    Command command =
        isolated(shell("echo $$; exec sleep 1000"), [](const Descriptor&) { throw std::runtime_error("not wanted"); });
    command.on_line = [&](OutputStream, std::string_view line) { child = std::stoi(std::string(line)); };
    EXPECT_THROW(processes.run(command), std::runtime_error);
    EXPECT_EQ(child, 0);
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "no child is left";
}

/// The id of an isolated child whose parent has ended.
std::string orphan() {
    std::string pid;
    std::thread([&pid] {
        ChildPlan plan;
        plan.path = "/bin/sleep";
        plan.argv = {"sleep", "1000"};
        plan.isolated_with_port = k_port;
        pid = std::to_string(start_child(plan).pid);
    }).join();
    return pid;
}

TEST_F(Isolated, DiesWithItsParent) {
    ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    for (const char* user : {"root", "daemon"}) {
        const pid_t child = std::stoi(in_a_process(user, orphan));
        EXPECT_TRUE(comes_true([child] { return !is_running(child); })) << user;
        ::kill(child, SIGKILL);
        EXPECT_EQ(::waitpid(child, nullptr, 0), child);
    }
    ::prctl(PR_SET_CHILD_SUBREAPER, 0);
}

TEST_F(Isolated, NeedsNoRoot) {
    const Descriptor server(test::loopback_listener());
    const std::string port = std::to_string(test::port_of(server.number()));
    const std::string said = in_a_process("daemon", [&] {
        Interruption own;
        const Processes children(own, redaction, environment);
        return children.why_no_isolation();
    });
    if (!said.empty()) GTEST_SKIP() << said;
    const std::string script = "say(lambda: connect(socket.AF_INET, ('127.0.0.1', " + port +
                               ")));"
                               "say(lambda: socket.socket(socket.AF_UNIX)); say(lambda: setns('/proc/self/ns/net'));"
                               "say(lambda: open('/proc/1/mem')); print(os.getuid() == " +
                               std::to_string(::getpwnam("daemon")->pw_uid) + " or os.getuid())";
    EXPECT_EQ(in_a_process("daemon",
                           [&] {
                               Interruption own;
                               Processes children(own, redaction, environment);
                               return output(children, isolated(python(script)));
                           }),
              "ECONNREFUSED\nEAFNOSUPPORT\nEPERM\nEACCES\nTrue");
}

TEST_F(Isolated, IsRefusedWhereItCannotBe) {
    // Inside of isolation there is none to be had.
    const std::string said = in_a_process(nullptr, [&]() -> std::string {
        if (ChildIsolation(k_port).enter()) return "not isolated";
        Interruption own;
        Processes children(own, redaction, environment);
        try {
            children.run(isolated(shell("echo ran")));
        } catch (const Failure& failure) {
            return std::to_string(status_of(failure.code())) + " " + failure.what_happened() + " | " + failure.next() +
                   " | " + children.why_no_isolation();
        }
        return "ran";
    });
    EXPECT_EQ(said,
              "3 cannot start \"sh\" isolated: it gets no network of its own: Operation not permitted | unshare "
              "--map-current-user --net true   must succeed; then run this again | it gets no network of its own: "
              "Operation not permitted");
}

TEST_F(ProcessTest, ShowsTheChildOnlySomeVariables) {
    Command command = shell("env | grep -vE '^(PWD|OLDPWD|SHLVL|_)=' | sort");
    command.only = {{"SHOP", "HOME"}};
    command.without = {"HOME"};
    command.environment = {{"ADDED", "yes"}};
    EXPECT_EQ(processes.run(command).out, "ADDED=yes\nSHOP=open\n");
    command.only = std::set<std::string>{};
    command.environment.clear();
    EXPECT_EQ(processes.run(command).out, "");
}

}  // namespace
}  // namespace lastgood
