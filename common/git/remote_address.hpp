#pragma once

#include "core/secret.hpp"
#include "git/libgit.hpp"

#include <string>

namespace lastgood {

class Repository;

/// Where a remote is.
struct RemoteAddress {
    std::string name;  ///< "origin"
    std::string url;   ///< to connect to; may hold credentials
    bool local;        ///< a directory of this machine, as a path or file://

    /// "origin (https://host/app.git)"
    std::string say() const;
};

/// The address that `remote` of the checkout is pushed to (its pushurl where it has one): what is read must be what is
/// written. A relative path is made absolute, as git does, from the work tree. With a token, credentials inside an http
/// URL are left out, since libgit2 would try them first. Failure (3) if there is no such remote.
RemoteAddress address_of(const Repository& repository, const std::string& remote, const Secret& token);

std::string without_credentials(const std::string& url);
/// Whether `url` names a directory of this machine and not a host ("host:path" is ssh).
bool is_local(const std::string& url);

}  // namespace lastgood
