#pragma once

#include "database/connection_url.hpp"

#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace lastgood {

struct SecretValue;

/// What no statement of a migrator may exceed; 0: no limit.
struct Limits {
    std::chrono::milliseconds lock_timeout{0};
    std::chrono::milliseconds statement_timeout{0};
};

/// The settings under which a migration runs, as name and value: the limits, and that a read-only fence is not meant
/// for it. client_connection_check_interval is among them only where the server knows it (14 and later): an unknown
/// setting is fatal at connect.
std::vector<std::pair<std::string, std::string>> guard_settings(const Limits& limits, int server_version);

/// `url` with the guard's settings merged into its options.
ConnectionUrl guarded_url(const ConnectionUrl& url, const Limits& limits, int server_version);

/// What a foreign migrator's environment gets, to reach the database of `secret` and no other: PGAPPNAME, PGOPTIONS
/// (ours after `existing_options`, so that ours win) and, if the pipeline's url came from ${NAME}, NAME. A URL that
/// carries options or an application_name of its own would void the other two, so NAME is then that URL with ours
/// merged in, in the form (URL or key=value) in which it was given. A URL that is wanted in parts is given in parts
/// too.
std::map<std::string, std::string> guarded_environment(const SecretValue& secret, const Limits& limits,
                                                       int server_version, const std::string& application_name,
                                                       const std::string& existing_options = "");

}  // namespace lastgood
