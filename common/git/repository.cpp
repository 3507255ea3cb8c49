#include "git/repository.hpp"

#include "git/remote_address.hpp"
#include "git/repository_state.hpp"

namespace lastgood {

std::string Repository::State::say_how_to_get(const std::string& otherwise) const {
    if (git_repository_is_shallow(handle.get()) != 1) return otherwise;
    return "git fetch --unshallow   (this clone is shallow, its history is cut; in CI: fetch-depth: 0, or GIT_DEPTH: "
           "0)";
}

Repository::Repository(std::unique_ptr<State> state) : m_state(std::move(state)) {}
Repository::Repository(Repository&&) noexcept = default;
Repository::~Repository() = default;

Repository Repository::open(const std::filesystem::path& directory) {
    auto state = std::make_unique<State>();
    state->handle = open_handle(directory);
    git_repository* handle = state->handle.get();
    if (git_repository_workdir(handle) == nullptr)
        throw Failure(ExitCode::refused, "the git repository at " + directory.string() + " is bare", "nothing",
                      "cd into a clone with a work tree");
    git_oid head;
    require(git_reference_name_to_id(&head, handle, "HEAD"),
            "the git repository at " + directory.string() + " has no commit", "git commit   what is to be released");
    return Repository(std::move(state));
}

std::filesystem::path Repository::work_tree() const {
    // libgit2 ends it with a slash, which path takes for an empty last component.
    return std::filesystem::path(git_repository_workdir(m_state->handle.get())).parent_path();
}

Revision Repository::resolve(const std::string& spec) const {
    ObjectHandle object;
    const int found = git_revparse_single(object.receive(), m_state->handle.get(), spec.c_str());
    if (found == GIT_EAMBIGUOUS)
        throw refused_by_libgit2("revision \"" + spec + "\" is ambiguous",
                                 "git log --oneline   and name more of its digits");
    const auto next =
        m_state->say_how_to_get("git fetch --tags   if it is new, and git log --oneline to see what is here");
    require(found, "unknown revision \"" + spec + "\"", next);
    ObjectHandle commit;
    require(git_object_peel(commit.receive(), object.get(), GIT_OBJECT_COMMIT),
            "\"" + spec + "\" does not name a commit", next);
    return revision_of(reinterpret_cast<const git_commit*>(commit.get()));
}

bool Repository::is_shallow() const {
    return git_repository_is_shallow(m_state->handle.get()) == 1;
}

std::optional<std::string> Repository::current_branch() const {
    ReferenceHandle head;
    require(git_repository_head(head.receive(), m_state->handle.get()), "cannot read HEAD", "git status");
    if (git_reference_is_branch(head.get()) != 1) return std::nullopt;
    return git_reference_shorthand(head.get());
}

std::optional<std::string> Repository::remote_url(const std::string& remote) const {
    RemoteHandle handle;
    if (git_remote_lookup(handle.receive(), m_state->handle.get(), remote.c_str()) < 0) return std::nullopt;
    return printable_url(git_remote_url(handle.get()));
}

std::string Repository::printable_url(const std::string& url) {
    return without_credentials(url);
}

}  // namespace lastgood
