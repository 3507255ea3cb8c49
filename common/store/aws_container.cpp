#include "outside/environment.hpp"
#include "outside/files.hpp"
#include "outside/harmless.hpp"
#include "outside/http.hpp"
#include "outside/redaction.hpp"
#include "store/aws_credential_sources.hpp"
#include "store/http_retries.hpp"

#include <array>
#include <stdexcept>

#include <nlohmann/json.hpp>

namespace lastgood {

namespace {

constexpr const char* k_agent_of_ecs = "http://169.254.170.2";
/// Where secrets may go over plain HTTP: this machine, and the agents of ECS and EKS beside it.
constexpr std::array<std::string_view, 6> k_near{"localhost",     "127.0.0.1",      "[::1]",
                                                 "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"};

bool is_near(std::string_view url) {
    constexpr std::string_view http = "http://";
    if (!url.starts_with(http)) return url.starts_with("https://");
    url.remove_prefix(http.size());
    const auto authority = url.substr(0, url.find_first_of("/?#"));
    for (const auto host : k_near)
        if (authority == host || authority.starts_with(std::string(host) + ":"))
            return authority.find('@') == std::string_view::npos;
    return false;
}

std::string address_of(const Environment& environment) {
    const std::string relative = environment.first_of({"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"});
    std::string address =
        relative.empty() ? environment.first_of({"AWS_CONTAINER_CREDENTIALS_FULL_URI"}) : k_agent_of_ecs + relative;
    if (!is_near(address))
        throw StoreError("the address of the container's credentials is neither https nor on this machine");
    return address;
}

std::string authorization_of(const Environment& environment) {
    const std::string file = environment.first_of({"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"});
    if (file.empty()) return environment.first_of({"AWS_CONTAINER_AUTHORIZATION_TOKEN"});
    try {
        std::string token = read_file(file);
        while (token.ends_with('\n') || token.ends_with('\r')) token.pop_back();
        return token;
    } catch (const FileError& error) {
        throw StoreError(std::string("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: ") + error.what());
    }
}

AwsCredentials read_answer(const std::string& body) {
    const auto given = nlohmann::json::parse(body);
    AwsCredentials credentials;
    credentials.key_id = given.at("AccessKeyId").get<std::string>();
    credentials.key = Secret(given.at("SecretAccessKey").get<std::string>());
    credentials.session_token = Secret(given.value("Token", ""));
    if (given.contains("Expiration")) credentials.expires = parse_time(given.at("Expiration").get<std::string>());
    return credentials;
}

}  // namespace

AwsCredentials container_credentials(const StoreContext& context, const HttpClient& http) {
    HttpRequest request;
    request.url = address_of(context.environment);
    request.direct = request.url.starts_with("http://");
    request.timeout = std::chrono::seconds(5);
    request.ca_file = context.environment.first_of({"AWS_CA_BUNDLE"});
    const std::string authorization = authorization_of(context.environment);
    if (authorization.find_first_of("\r\n") != std::string::npos)
        throw StoreError("the authorization token of the container's credentials has more than one line");
    context.redaction.add(authorization);
    if (!authorization.empty()) request.headers.emplace_back("Authorization", authorization);

    const HttpAnswer answer = send_with_retries(http, context.interruption, [&] { return request; });
    const std::string asked = "the container's credentials at " + request.url + ": ";
    if (answer.status == 0) throw StoreError(asked + harmless_line(answer.trouble));
    if (answer.status != 200) throw StoreError(asked + "answered " + std::to_string(answer.status));
    try {
        return read_answer(answer.body);
    } catch (const nlohmann::json::exception&) {
        throw StoreError(asked + "the answer has no AccessKeyId and SecretAccessKey");  // its words may hold them
    } catch (const std::invalid_argument& error) {
        throw StoreError(asked + error.what());
    }
}

}  // namespace lastgood
