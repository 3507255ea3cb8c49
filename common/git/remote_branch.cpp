#include "git/remote_branch.hpp"

#include "git/local_push.hpp"
#include "git/remote_connection.hpp"
#include "git/repository.hpp"

namespace lastgood {

namespace {

RepositoryHandle make_bare(const std::filesystem::path& scratch) {
    start_libgit2();
    RepositoryHandle bare;
    require(git_repository_init(bare.receive(), scratch.c_str(), 1),
            "cannot make a bare repository in " + scratch.string(), "df -h " + scratch.string());
    return bare;
}

/// Who signs a commit of ours: the user of the checkout's configuration, if it names one.
SignatureHandle signature_for(const Repository& repository) {
    SignatureHandle signature;
    if (git_signature_default(signature.receive(), open_handle(repository.work_tree()).get()) < 0)
        require(git_signature_now(signature.receive(), "lastgood", "lastgood@localhost"), "cannot sign a commit",
                "date");
    return signature;
}

}  // namespace

struct RemoteBranch::State {
    const Repository& repository;
    Processes& processes;
    std::string branch;
    RepositoryHandle bare;
    RemoteConnection connection;
    CommitHandle head;

    std::string ref() const { return "refs/heads/" + branch; }
    std::string head_id() const { return hex(*git_commit_id(head.get())); }
    void point(const char* name, const git_oid& commit) const;
    void set_head(const git_oid& commit);
    CommitHandle require_commit(const std::string& commit) const;
    bool in_history(const git_oid& commit) const;
    PushReply send(const RemoteConnection& to, const Delivery& delivery) const;
    PushOutcome deliver(const RemoteConnection& to, const git_oid& commit, const Delivery& delivery) const;
    PushOutcome deliver(const git_oid& commit, const Delivery& delivery) const {
        return deliver(connection, commit, delivery);
    }
};

/// The objects that a ref names are what the next fetch tells the remote we have.
void RemoteBranch::State::point(const char* name, const git_oid& commit) const {
    ReferenceHandle reference;
    require(git_reference_create(reference.receive(), bare.get(), name, &commit, 1, "lastgood"),
            "cannot write into " + std::string(git_repository_path(bare.get())), "df -h");
}

void RemoteBranch::State::set_head(const git_oid& commit) {
    point("refs/lastgood/head", commit);
    require(git_commit_lookup(head.receive(), bare.get(), &commit), "cannot read the head of " + branch, "git fsck");
}

bool RemoteBranch::State::in_history(const git_oid& commit) const {
    const git_oid* newest = git_commit_id(head.get());
    return git_oid_equal(newest, &commit) == 1 || git_graph_descendant_of(bare.get(), newest, &commit) == 1;
}

CommitHandle RemoteBranch::State::require_commit(const std::string& commit) const {
    const git_oid id = id_of(commit);
    CommitHandle found;
    if (git_commit_lookup(found.receive(), bare.get(), &id) < 0 || !in_history(id))
        throw Failure(
            ExitCode::refused,
            "commit " + commit + " is not in the history of branch \"" + branch + "\" of " + connection.address().say(),
            "nothing", "git branch -r --contains " + commit + "   shows where it is; the branch is left to you");
    return found;
}

PushReply RemoteBranch::State::send(const RemoteConnection& to, const Delivery& delivery) const {
    if (to.address().local)
        return push_to_directory(processes, git_repository_path(bare.get()), to.address(), delivery);
    return to.push(delivery);
}

PushOutcome RemoteBranch::State::deliver(const RemoteConnection& to, const git_oid& commit,
                                         const Delivery& delivery) const {
    const auto moved = [](const std::optional<std::string>& other) {
        return PushOutcome{false, other ? "the branch moved to " + *other : "the branch is gone"};
    };
    point(k_outgoing_ref, commit);
    std::optional<std::string> now;
    try {
        if (delivery.expected && (now = to.read(delivery.ref)) != delivery.expected) return moved(now);
    } catch (const Failure& failure) {
        return {false, failure.what_happened()};
    }
    PushReply reply = send(to, delivery);
    try {
        now = to.read(delivery.ref);
    } catch (const Failure& failure) {
        return {false, (reply.words.empty() ? "the push could not be confirmed" : reply.words) + "; " +
                           failure.what_happened()};
    }
    // A connection that broke after the remote had taken the push left no word of it but the ref.
    if (!reply.declined && now == hex(commit)) return {true, ""};
    if (delivery.expected && now != delivery.expected) return moved(now);
    if (reply.words.empty())
        reply.words = "the push met no refusal, yet " + delivery.ref + " is at " + now.value_or("nothing");
    return {false, reply.words};
}

RemoteBranch::RemoteBranch(const Repository& repository, const std::string& remote, const std::string& branch,
                           const Secret& token, const std::filesystem::path& scratch, Processes& processes) {
    auto bare = make_bare(scratch);
    RemoteConnection connection(bare.get(), address_of(repository, remote, token), token);
    m_state.reset(new State{repository, processes, branch, std::move(bare), std::move(connection), {}});
    refresh();
}

RemoteBranch::~RemoteBranch() = default;

Revision RemoteBranch::head() const {
    return revision_of(m_state->head.get());
}

void RemoteBranch::refresh() {
    const auto& address = m_state->connection.address();
    const auto commit = m_state->connection.fetch(m_state->ref());
    if (!commit)
        throw Failure(ExitCode::refused, address.say() + " has no branch \"" + m_state->branch + "\"", "nothing",
                      "git ls-remote --heads " + address.name + "   lists them; set git.branch in the pipeline");
    m_state->set_head(id_of(*commit));
}

std::optional<Revision> RemoteBranch::find(const std::string& commit) const {
    git_oid id;
    CommitHandle found;
    const bool usable = commit.size() >= GIT_OID_MINPREFIXLEN && commit.size() <= GIT_OID_HEXSZ &&
                        git_oid_fromstrn(&id, commit.data(), commit.size()) == 0;
    if (!usable) return std::nullopt;
    const int result = git_commit_lookup_prefix(found.receive(), m_state->bare.get(), &id, commit.size());
    if (result == GIT_EAMBIGUOUS)
        throw refused_by_libgit2("commit \"" + commit + "\" is ambiguous",
                                 "git log --oneline   and name more of its digits");
    if (result < 0 || !m_state->in_history(*git_commit_id(found.get()))) return std::nullopt;
    return revision_of(found.get());
}

bool RemoteBranch::contains(const std::string& commit) const {
    return find(commit).has_value();
}

std::string RemoteBranch::message_of(const std::string& commit) const {
    return git_commit_message(m_state->require_commit(commit).get());
}

PushOutcome RemoteBranch::push_revert(const Revision& good, const std::string& message) {
    const auto old = m_state->require_commit(good.commit);
    TreeHandle tree;
    require(git_commit_tree(tree.receive(), old.get()), "cannot read the tree of " + good.commit, "git fsck");
    if (hex(*git_tree_id(tree.get())) != good.tree)
        throw Failure(ExitCode::refused, "commit " + good.commit + " does not hold tree " + good.tree, "nothing",
                      "git cat-file -p " + good.commit + "   and lastgood history");
    const auto signature = signature_for(m_state->repository);
    const git_commit* parents[] = {m_state->head.get()};
    git_oid commit;
    require(git_commit_create(&commit, m_state->bare.get(), nullptr, signature.get(), signature.get(), "UTF-8",
                              message.c_str(), tree.get(), 1, parents),
            "cannot make a commit", "df -h");
    const auto outcome = m_state->deliver(commit, {m_state->ref(), false, m_state->head_id()});
    if (outcome.done) m_state->set_head(commit);
    return outcome;
}

PushOutcome RemoteBranch::push_reset(const Revision& good) {
    const git_oid commit = *git_commit_id(m_state->require_commit(good.commit).get());
    const auto outcome = m_state->deliver(commit, {m_state->ref(), true, m_state->head_id()});
    if (outcome.done) m_state->set_head(commit);
    return outcome;
}

PushOutcome RemoteBranch::push_ref(const std::string& ref, const std::string& commit) {
    return m_state->deliver(*git_commit_id(m_state->require_commit(commit).get()), {ref, true, std::nullopt});
}

PushOutcome RemoteBranch::push_elsewhere(const std::string& url, const Secret& key, const std::string& ref,
                                         const std::string& commit) {
    const RemoteAddress address{"the platform", key.empty() ? url : without_credentials(url), is_local(url)};
    const RemoteConnection to(m_state->bare.get(), address, key);
    return m_state->deliver(to, *git_commit_id(m_state->require_commit(commit).get()), {ref, true, std::nullopt});
}

std::optional<std::string> read_remote_ref(const Repository& repository, const std::string& remote,
                                           const std::string& ref, const Secret& token) {
    const RepositoryHandle checkout = open_handle(repository.work_tree());
    return RemoteConnection(checkout.get(), address_of(repository, remote, token), token).read(ref);
}

}  // namespace lastgood
