#include "core/failure.hpp"
#include "store/directory_store.hpp"
#include "store/s3_address.hpp"
#include "store/s3_store.hpp"

#include <cerrno>
#include <functional>
#include <sys/stat.h>
#include <system_error>

namespace lastgood {

namespace {

/// A directory that was never made is an empty store. What can be no directory is no store at all: to read it as empty
/// would be to say that nothing ever ran.
void require_reachable(const std::filesystem::path& root) {
    struct stat status {};
    const int error = ::stat(root.c_str(), &status) == 0 ? (S_ISDIR(status.st_mode) ? 0 : ENOTDIR) : errno;
    if (error != 0 && error != ENOENT)
        throw StoreError("the store file:" + root.string() +
                         " cannot be reached: " + std::generic_category().message(error));
}

std::unique_ptr<Store> open_directory(const std::string& address, std::string path, const StoreContext& /*context*/) {
    if (path.starts_with("///")) path.erase(0, 2);  // file:///var/lib/lastgood, as URLs have it
    if (!path.starts_with('/') || path.starts_with("//"))
        throw Failure(ExitCode::usage, "store \"" + address + "\" is no absolute path", "nothing",
                      "write it as   store: file:/var/lib/lastgood");
    const std::filesystem::path root = std::filesystem::path(path).lexically_normal();
    require_reachable(root);
    return std::make_unique<DirectoryStore>(root);
}

std::unique_ptr<Store> open_bucket(const std::string& address, const std::string& /*rest*/,
                                   const StoreContext& context) {
    return std::make_unique<S3Store>(read_s3_address(address, context.environment), context);
}

struct StoreRow {
    std::string scheme;
    std::function<std::unique_ptr<Store>(const std::string& address, std::string rest, const StoreContext&)> open;
};

const std::vector<StoreRow>& stores() {
    static const std::vector<StoreRow> rows{{"file", open_directory}, {"s3", open_bucket}};
    return rows;
}

}  // namespace

std::unique_ptr<Store> open_store(const std::string& address, const StoreContext& context) {
    const auto colon = address.find(':');
    const std::string scheme = colon == std::string::npos ? "" : address.substr(0, colon);
    for (const auto& row : stores())
        if (row.scheme == scheme) return row.open(address, address.substr(colon + 1), context);
    // The address itself is not shown: one of another kind may carry a password.
    throw Failure(ExitCode::usage,
                  scheme.empty() ? "the store has no scheme" : "this build knows no store \"" + scheme + ":\"",
                  "nothing", "name a directory or a bucket in the pipeline, as in   store: file:/var/lib/lastgood");
}

}  // namespace lastgood
