#include "outside/child_start.hpp"

#include "core/failure.hpp"
#include "outside/child_isolation.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <linux/close_range.h>
#include <optional>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace lastgood {

namespace {

enum class Stage { prepare, isolation, directory, program };

/// What the child writes into the trouble pipe if it does not get as far as its program.
struct Trouble {
    Stage stage;
    int error_number;
    IsolationStep step;  ///< of isolation
};

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::system_category(), what);
}

/// Never 0, 1 or 2, even if ours are closed: the child moves its ends there.
Descriptor above_standard(int number) {
    Descriptor low(number);
    if (number > STDERR_FILENO) return low;
    Descriptor high(::fcntl(number, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
    if (!high) fail("cannot duplicate a descriptor");
    return high;
}

struct Pipe {
    Pipe() {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail("cannot make a pipe");
        Descriptor second(ends[1]);
        read = above_standard(ends[0]);
        write = above_standard(second.release());
    }
    Descriptor read;
    Descriptor write;
};

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> result;
    result.reserve(texts.size() + 1);
    for (auto& text : texts) result.push_back(text.data());
    result.push_back(nullptr);
    return result;
}

/// Everything the child uses between fork and exec: async-signal-safe calls on memory that is there already.
struct Launch {
    const char* path;
    const char* directory;
    char* const* argv;
    char* const* environment;
    const ChildIsolation* isolation;  ///< none: nullptr
    pid_t parent;
    int input;
    int out;
    int err;
    int trouble;
};

[[noreturn]] void give_up(const Launch& launch, Stage stage, IsolationStep step = {}) {
    const Trouble trouble{stage, errno, step};
    const ssize_t ignored = ::write(launch.trouble, &trouble, sizeof trouble);
    (void)ignored;
    ::_exit(127);
}

void close_the_rest_at_exec() {
    if (::close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) == 0) return;
    // An older kernel, or a container that forbids the call.
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    const int end = static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 1 << 20));
    for (int number = STDERR_FILENO + 1; number < end; ++number) ::fcntl(number, F_SETFD, FD_CLOEXEC);
}

void default_signals() {
    struct sigaction standard {};
    standard.sa_handler = SIG_DFL;
    for (int signal = 1; signal < NSIG; ++signal) ::sigaction(signal, &standard, nullptr);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void become(const Launch& launch) {
    ::setpgid(0, 0);
    if (launch.isolation != nullptr) {
        if (const auto failed = launch.isolation->enter()) give_up(launch, Stage::isolation, *failed);
    }
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) give_up(launch, Stage::prepare);
    if (::getppid() != launch.parent) ::_exit(127);  // it died before prctl
    const bool moved = ::dup2(launch.input, STDIN_FILENO) >= 0 && ::dup2(launch.out, STDOUT_FILENO) >= 0 &&
                       ::dup2(launch.err, STDERR_FILENO) >= 0;
    if (!moved) give_up(launch, Stage::prepare);
    if (*launch.directory != '\0' && ::chdir(launch.directory) != 0) give_up(launch, Stage::directory);
    close_the_rest_at_exec();
    default_signals();
    ::execve(launch.path, launch.argv, launch.environment);
    give_up(launch, Stage::program);
}

/// fork with every signal blocked in the child until its dispositions are the default ones.
pid_t fork_quietly(const Launch& launch) {
    sigset_t all;
    sigset_t previous;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &previous);
    const pid_t pid = ::fork();
    if (pid == 0) become(launch);
    const int error_number = errno;
    ::pthread_sigmask(SIG_SETMASK, &previous, nullptr);
    errno = error_number;
    if (pid < 0) fail("cannot start a process");
    ::setpgid(pid, pid);  // whoever comes first
    return pid;
}

std::string why_not_isolated(const Trouble& trouble) {
    return say_failed(trouble.step) + (": " + std::system_category().message(trouble.error_number));
}

Failure unusable(const ChildPlan& plan, const Trouble& trouble) {
    const std::string reason = std::system_category().message(trouble.error_number);
    if (trouble.stage == Stage::isolation) {
        return {ExitCode::refused, "cannot start \"" + plan.argv.front() + "\" isolated: " + why_not_isolated(trouble),
                "nothing", "unshare --map-current-user --net true   must succeed; then run this again"};
    }
    if (trouble.stage == Stage::directory) {
        return {ExitCode::usage, "cannot start \"" + plan.argv.front() + "\" in " + plan.directory + ": " + reason,
                "nothing", "make the directory, or correct its name, then run this again"};
    }
    std::string next = "correct the name, or install the program, then run this again";
    if (trouble.error_number == EACCES) next = "chmod +x " + plan.path;
    if (trouble.error_number == ENOEXEC) next = "give " + plan.path + " a first line such as #!/bin/sh";
    return {ExitCode::usage, "cannot start \"" + plan.argv.front() + "\": " + reason, "nothing", next};
}

/// Waits until exec has closed the trouble pipe, or for what the child has written into it. Then it is gone.
std::optional<Trouble> trouble_of(pid_t pid, const Descriptor& pipe) {
    Trouble trouble{};
    ssize_t got = 0;
    do got = ::read(pipe.number(), &trouble, sizeof trouble);
    while (got < 0 && errno == EINTR);
    if (got != sizeof trouble) return std::nullopt;
    while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) continue;
    return trouble;
}

/// Not <sys/pidfd.h>: Debian 12's cannot be used from C++.
int open_handle(pid_t pid) {
    return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
}

Descriptor without_blocking(Descriptor descriptor) {
    ::fcntl(descriptor.number(), F_SETFL, ::fcntl(descriptor.number(), F_GETFL) | O_NONBLOCK);
    return descriptor;
}

/// A child whose listener is not to be had is of no use.
Descriptor listener_of(pid_t pid, const ChildIsolation& isolation) {
    try {
        return isolation.take_listener();
    } catch (...) {
        ::kill(-pid, SIGKILL);
        while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) continue;
        throw;
    }
}

/// Whether it has started or not.
struct Attempt {
    Child child;
    std::optional<Trouble> trouble;
};

Attempt attempt(const ChildPlan& plan) {
    std::vector<std::string> argument_texts = plan.argv;
    std::vector<std::string> environment_texts;
    for (const auto& [name, value] : plan.environment)
        environment_texts.push_back(std::string(name).append("=").append(value));
    const std::vector<char*> arguments = pointers(argument_texts);
    const std::vector<char*> environment = pointers(environment_texts);
    std::optional<ChildIsolation> isolation;
    if (plan.isolated_with_port) isolation.emplace(*plan.isolated_with_port);

    Pipe out;
    Pipe err;
    Pipe trouble;
    Pipe input;
    if (!plan.with_input) {
        input.write.reset();
        input.read = above_standard(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    }
    const Launch launch{plan.path.c_str(),
                        plan.directory.c_str(),
                        arguments.data(),
                        environment.data(),
                        isolation ? &*isolation : nullptr,
                        ::getpid(),
                        input.read.number(),
                        out.write.number(),
                        err.write.number(),
                        trouble.write.number()};
    Attempt result;
    result.child.pid = fork_quietly(launch);
    trouble.write.reset();
    result.trouble = trouble_of(result.child.pid, trouble.read);
    if (result.trouble) return result;
    result.child.handle = Descriptor(open_handle(result.child.pid));
    result.child.out = without_blocking(std::move(out.read));
    result.child.err = without_blocking(std::move(err.read));
    if (plan.with_input) result.child.input = without_blocking(std::move(input.write));
    if (isolation) result.child.listener = listener_of(result.child.pid, *isolation);
    return result;
}

}  // namespace

Child start_child(const ChildPlan& plan) {
    Attempt made = attempt(plan);
    if (made.trouble) throw unusable(plan, *made.trouble);
    return std::move(made.child);
}

std::string try_isolation() {
    // It never gets past exec, as there is no such program: the stage tells how far it came.
    ChildPlan plan;
    plan.isolated_with_port = 1;
    const Attempt made = attempt(plan);
    if (!made.trouble) throw std::logic_error("a program without a name was started");
    return made.trouble->stage == Stage::isolation ? why_not_isolated(*made.trouble) : "";
}

}  // namespace lastgood
