#include "support/child_process.hpp"

#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <memory>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

namespace lastgood::test {
namespace {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

File unnamed_file() {
    File file(std::tmpfile(), &std::fclose);
    if (!file) throw std::runtime_error("no temporary file can be made");
    fcntl(fileno(file.get()), F_SETFD, FD_CLOEXEC);
    return file;
}

std::string contents_of(std::FILE* file) {
    std::string contents;
    char buffer[65536];
    std::rewind(file);
    for (std::size_t got = 0; (got = std::fread(buffer, 1, sizeof buffer, file)) > 0;) contents.append(buffer, got);
    return contents;
}

[[noreturn]] void become(char* const* argv, std::FILE* in, std::FILE* out, std::FILE* err) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    dup2(fileno(in), STDIN_FILENO);
    dup2(fileno(out), STDOUT_FILENO);
    dup2(fileno(err), STDERR_FILENO);
    execvp(argv[0], argv);
    _exit(127);
}

}  // namespace

ChildResult run_child(const std::vector<std::string>& argv, const std::string& input) {
    const File in = unnamed_file();
    const File out = unnamed_file();
    const File err = unnamed_file();
    std::fwrite(input.data(), 1, input.size(), in.get());
    std::rewind(in.get());
    std::vector<char*> arguments;
    arguments.reserve(argv.size() + 1);
    for (const std::string& argument : argv) arguments.push_back(const_cast<char*>(argument.c_str()));
    arguments.push_back(nullptr);

    const pid_t child = fork();
    if (child < 0) throw std::runtime_error("cannot start " + argv[0]);
    if (child == 0) become(arguments.data(), in.get(), out.get(), err.get());
    int status = 0;
    while (waitpid(child, &status, 0) < 0) {
    }
    ChildResult result;
    result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    result.out = contents_of(out.get());
    result.err = contents_of(err.get());
    if (result.status == 127) throw std::runtime_error("cannot start " + argv[0] + ": " + result.err);
    return result;
}

}  // namespace lastgood::test
