#include "framework/guard.hpp"

#include "pipeline/pipeline.hpp"

#include <string_view>

namespace lastgood {

namespace {

constexpr int k_knows_connection_check = 140000;

std::string milliseconds(std::chrono::milliseconds duration) {
    return std::to_string(duration.count()) + "ms";
}

/// Frameworks tell their backend from the scheme, so it stays as it was written.
std::string in_the_form_of(const std::string& original, const ConnectionUrl& url) {
    const auto scheme_end = original.find("://");
    if (scheme_end == std::string::npos) return url.conninfo().reveal();
    const std::string rewritten = url.url().reveal();
    return original.substr(0, scheme_end) + rewritten.substr(rewritten.find("://"));
}

void add_parts(std::map<std::string, std::string>& environment, const DatabaseVariables& names,
               const ConnectionUrl& url) {
    environment[names.name] = url.database();
    environment[names.user] = url.part("user");
    environment[names.password] = url.part("password");
    environment[names.host] = url.part("host");
    environment[names.port] = url.part("port").empty() ? "5432" : url.part("port");
}

}  // namespace

std::vector<std::pair<std::string, std::string>> guard_settings(const Limits& limits, int server_version) {
    std::vector<std::pair<std::string, std::string>> guard{
        {"lock_timeout", milliseconds(limits.lock_timeout)},
        {"statement_timeout", milliseconds(limits.statement_timeout)},
        {"default_transaction_read_only", "off"},
    };
    if (server_version >= k_knows_connection_check) guard.emplace_back("client_connection_check_interval", "1s");
    return guard;
}

ConnectionUrl guarded_url(const ConnectionUrl& url, const Limits& limits, int server_version) {
    ConnectionUrl guarded = url;
    for (const auto& [name, value] : guard_settings(limits, server_version))
        guarded = guarded.with_setting(name, value);
    return guarded;
}

std::map<std::string, std::string> guarded_environment(const SecretValue& secret, const Limits& limits,
                                                       int server_version, const std::string& application_name,
                                                       const std::string& existing_options) {
    std::map<std::string, std::string> environment;
    const std::string ours = options_text(guard_settings(limits, server_version));
    environment["PGOPTIONS"] = existing_options.empty() ? ours : existing_options + " " + ours;
    environment["PGAPPNAME"] = application_name;
    if (secret.parts) add_parts(environment, *secret.parts, ConnectionUrl(secret.value));
    if (secret.variable.empty()) return environment;

    const ConnectionUrl url(secret.value);
    ConnectionUrl rewritten = url;
    if (!url.part("options").empty()) rewritten = guarded_url(rewritten, limits, server_version);
    if (!url.part("application_name").empty()) rewritten = rewritten.with("application_name", application_name);
    const bool voids = !url.part("options").empty() || !url.part("application_name").empty();
    const std::string& original = secret.value.reveal();
    environment[secret.variable] = voids ? in_the_form_of(original, rewritten) : original;
    return environment;
}

}  // namespace lastgood
