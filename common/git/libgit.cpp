#include "git/libgit.hpp"

#include <cctype>

namespace lastgood {

void start_libgit2() {
    static const bool started = [] {
        if (git_libgit2_init() < 0) throw refused_by_libgit2("cannot start libgit2", "apt-get install libgit2-1.5");
        // CI checks out as one user and runs its jobs as another (a container's root, a runner's uid). The check
        // defends a person who walks into a stranger's directory, whose configuration could start programs; libgit2
        // starts none.
        git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
        return true;
    }();
    static_cast<void>(started);
}

std::string last_words() {
    const git_error* error = git_error_last();
    return error != nullptr && error->message != nullptr ? one_line(error->message) : "libgit2 gave no reason";
}

std::string one_line(std::string_view text) {
    std::string line;
    for (const char letter : text) {
        const bool blank =
            std::isspace(static_cast<unsigned char>(letter)) || std::iscntrl(static_cast<unsigned char>(letter));
        if (!blank)
            line += letter;
        else if (!line.empty() && line.back() != ' ')
            line += ' ';
    }
    if (!line.empty() && line.back() == ' ') line.pop_back();
    return line;
}

Failure refused_by_libgit2(const std::string& what, const std::string& next) {
    return {ExitCode::refused, what + ": " + last_words(), "nothing", next};
}

void require(int result, const std::string& what, const std::string& next) {
    if (result < 0) throw refused_by_libgit2(what, next);
}

std::string hex(const git_oid& id) {
    std::string text(GIT_OID_HEXSZ, '0');
    git_oid_fmt(text.data(), &id);
    return text;
}

git_oid id_of(const std::string& text) {
    git_oid id;
    if (text.size() != GIT_OID_HEXSZ || git_oid_fromstr(&id, text.c_str()) < 0)
        throw Failure(ExitCode::refused, "\"" + text + "\" is not a full commit id", "nothing",
                      "git rev-parse REVISION   prints one");
    return id;
}

Revision revision_of(const git_commit* commit) {
    return {hex(*git_commit_id(commit)), hex(*git_commit_tree_id(commit))};
}

RepositoryHandle open_handle(const std::filesystem::path& directory) {
    start_libgit2();
    RepositoryHandle repository;
    require(git_repository_open_ext(repository.receive(), directory.c_str(), 0, nullptr),
            "no git repository at " + directory.string(), "cd into a clone of the application's repository");
    return repository;
}

}  // namespace lastgood
