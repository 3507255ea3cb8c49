#include "git/remote_address.hpp"

#include "git/repository.hpp"

namespace lastgood {

namespace {

bool is_http(const std::string& url) {
    return url.starts_with("http://") || url.starts_with("https://");
}

bool is_relative_path(const std::string& url) {
    return is_local(url) && !url.starts_with("file://") && !url.starts_with("/");
}

}  // namespace

std::string RemoteAddress::say() const {
    return name + " (" + without_credentials(url) + ")";
}

std::string without_credentials(const std::string& url) {
    const auto scheme = url.find("://");
    if (scheme == std::string::npos) return url;
    const auto host = scheme + 3;
    const auto at = url.rfind('@', url.find('/', host));
    if (at == std::string::npos || at < host) return url;
    const auto colon = url.find(':', host);
    if (is_http(url)) return url.substr(0, host) + url.substr(at + 1);
    return colon < at ? url.substr(0, colon) + url.substr(at) : url;
}

bool is_local(const std::string& url) {
    if (url.starts_with("file://")) return true;
    if (url.find("://") != std::string::npos) return false;
    const auto colon = url.find(':');
    return colon == std::string::npos || url.find('/') < colon;
}

RemoteAddress address_of(const Repository& repository, const std::string& remote, const Secret& token) {
    const RepositoryHandle checkout = open_handle(repository.work_tree());
    RemoteHandle handle;
    require(git_remote_lookup(handle.receive(), checkout.get(), remote.c_str()), "no remote named \"" + remote + "\"",
            "git remote add " + remote + " URL   or name another remote in the pipeline (git.remote)");
    const char* push_url = git_remote_pushurl(handle.get());
    std::string url = push_url != nullptr ? push_url : git_remote_url(handle.get());
    if (is_relative_path(url)) url = (repository.work_tree() / url).lexically_normal().string();
    if (is_http(url) && !token.empty()) url = without_credentials(url);
    return {remote, url, is_local(url)};
}

}  // namespace lastgood
