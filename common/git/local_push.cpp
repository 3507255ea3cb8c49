#include "git/local_push.hpp"

#include "outside/process.hpp"

#include <sstream>

namespace lastgood {

namespace {

/// A hook may run a test suite, but it may not hold a rollback for ever.
constexpr std::chrono::minutes k_time_limit{5};

Command push_command(const std::filesystem::path& bare, const RemoteAddress& address, const Delivery& delivery) {
    Command command;
    // Nothing of the user's own settings may add to the push: no tags, no submodules, no pre-push hook.
    command.argv = {"git",         "--git-dir=" + bare.string(), "push",        "--porcelain",
                    "--no-verify", "--no-follow-tags",           "--no-signed", "--recurse-submodules=no"};
    if (delivery.force && delivery.expected)
        command.argv.push_back("--force-with-lease=" + delivery.ref + ":" + *delivery.expected);
    else if (delivery.force)
        command.argv.emplace_back("--force");
    command.argv.insert(command.argv.end(), {"--", address.url, std::string(k_outgoing_ref) + ":" + delivery.ref});
    command.environment = {{"LC_ALL", "C"}, {"GIT_TERMINAL_PROMPT", "0"}};
    command.without = {"GIT_DIR",        "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY",
                       "GIT_COMMON_DIR", "GIT_NAMESPACE", "LANGUAGE",       "GIT_ALTERNATE_OBJECT_DIRECTORIES"};
    command.timeout = k_time_limit;
    command.judged = true;
    return command;
}

/// "[remote rejected] (pre-receive hook declined)" out of the line "!\t<refs>\t<that>" that --porcelain promises; "" if
/// the ref was not refused.
std::string refusal_in(const std::string& porcelain) {
    std::istringstream lines(porcelain);
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with("!\t")) return one_line(line.substr(line.find('\t', 2) + 1));
    return "";
}

/// What the other side printed: git puts "remote: " before its lines.
std::string remarks_in(const std::string& errors) {
    constexpr std::string_view k_mark = "remote: ";
    std::istringstream lines(errors);
    std::string remarks;
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with(k_mark)) remarks += line.substr(k_mark.size()) + "\n";
    return one_line(remarks);
}

}  // namespace

PushReply push_to_directory(Processes& processes, const std::filesystem::path& bare, const RemoteAddress& address,
                            const Delivery& delivery) {
    if (processes.find("git").empty())
        return {true, "the git program is missing, which a push to a directory needs (apt-get install git)"};
    const auto result = processes.run(push_command(bare, address, delivery));
    if (result.ok()) return {};
    const auto refusal = refusal_in(result.out);
    if (refusal.empty()) return {false, "git push: " + result.say_end() + ": " + one_line(result.tail(3))};
    const auto remarks = remarks_in(result.err);
    return {true, remarks.empty() ? refusal : refusal + ": " + remarks};
}

}  // namespace lastgood
