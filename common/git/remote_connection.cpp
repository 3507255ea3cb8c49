#include "git/remote_connection.hpp"

#include "git/remote_callbacks.hpp"

#include <algorithm>

namespace lastgood {

namespace {

/// The token must not follow a redirect to another host.
constexpr auto k_redirects = GIT_REMOTE_REDIRECT_NONE;

Failure unreachable(const RemoteAddress& address) {
    return refused_by_libgit2(
        "cannot read from " + address.say(),
        "git ls-remote " + address.name + "   must work here; over HTTPS with git.token of the pipeline");
}

std::optional<std::string> advertised(git_remote* remote, const RemoteAddress& address, const std::string& ref) {
    const git_remote_head** heads = nullptr;
    std::size_t count = 0;
    if (git_remote_ls(&heads, &count, remote) < 0) throw unreachable(address);
    const auto found = std::find_if(heads, heads + count, [&](const auto* head) { return ref == head->name; });
    return found == heads + count ? std::nullopt : std::optional(hex((*found)->oid));
}

}  // namespace

RemoteConnection::RemoteConnection(git_repository* repository, RemoteAddress address, Secret token)
    : m_repository(repository), m_address(std::move(address)), m_token(std::move(token)) {}

RemoteHandle RemoteConnection::anonymous() const {
    RemoteHandle remote;
    require(git_remote_create_anonymous(remote.receive(), m_repository, m_address.url.c_str()),
            "the URL of " + m_address.say() + " cannot be used", "git remote set-url " + m_address.name + " URL");
    return remote;
}

RemoteHandle RemoteConnection::connect(RemoteCallbacks& callbacks) const {
    git_remote_connect_options options = GIT_REMOTE_CONNECT_OPTIONS_INIT;
    options.callbacks = callbacks.table();
    options.proxy_opts.type = GIT_PROXY_AUTO;
    options.follow_redirects = k_redirects;
    RemoteHandle remote = anonymous();
    if (git_remote_connect_ext(remote.get(), GIT_DIRECTION_FETCH, &options) < 0) throw unreachable(m_address);
    return remote;
}

std::optional<std::string> RemoteConnection::read(const std::string& ref) const {
    RemoteCallbacks callbacks(m_token);
    const RemoteHandle remote = connect(callbacks);
    return advertised(remote.get(), m_address, ref);
}

std::optional<std::string> RemoteConnection::fetch(const std::string& ref) const {
    RemoteCallbacks callbacks(m_token);
    const RemoteHandle remote = connect(callbacks);
    auto commit = advertised(remote.get(), m_address, ref);
    if (!commit) return commit;

    git_fetch_options options = GIT_FETCH_OPTIONS_INIT;
    options.callbacks = callbacks.table();
    options.proxy_opts.type = GIT_PROXY_AUTO;
    options.follow_redirects = k_redirects;
    options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE;
    std::string spec = "+" + ref + ":refs/lastgood/fetched";
    char* specs[] = {spec.data()};
    const git_strarray wanted{specs, 1};
    if (git_remote_download(remote.get(), &wanted, &options) < 0) throw unreachable(m_address);
    return commit;
}

PushReply RemoteConnection::push(const Delivery& delivery) const {
    RemoteCallbacks callbacks(m_token);
    callbacks.expect(delivery.expected);
    git_push_options options = GIT_PUSH_OPTIONS_INIT;
    options.callbacks = callbacks.table();
    options.proxy_opts.type = GIT_PROXY_AUTO;
    options.follow_redirects = k_redirects;

    const RemoteHandle remote = anonymous();
    std::string spec = (delivery.force ? "+" : "") + std::string(k_outgoing_ref) + ":" + delivery.ref;
    char* specs[] = {spec.data()};
    const git_strarray wanted{specs, 1};
    // It returns 0 when the remote's hook declined: take_status heard the answer.
    const int result = git_remote_push(remote.get(), &wanted, &options);
    PushReply reply{!callbacks.declined().empty(), callbacks.declined()};
    if (!reply.declined && result < 0) reply.words = last_words();
    const auto remarks = one_line(callbacks.remarks());
    if (!reply.words.empty() && !remarks.empty()) reply.words += ": " + remarks;
    return reply;
}

}  // namespace lastgood
