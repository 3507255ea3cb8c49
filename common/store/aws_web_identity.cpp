#include "outside/environment.hpp"
#include "outside/files.hpp"
#include "outside/http.hpp"
#include "outside/redaction.hpp"
#include "store/aws_credential_sources.hpp"
#include "store/http_retries.hpp"
#include "store/s3_error.hpp"
#include "store/xml.hpp"

#include <stdexcept>

namespace lastgood {

namespace {

std::string token_in(const std::string& file) {
    try {
        std::string token = read_file(file);
        while (token.ends_with('\n') || token.ends_with('\r')) token.pop_back();
        return token;
    } catch (const FileError& error) {
        throw StoreError(std::string("AWS_WEB_IDENTITY_TOKEN_FILE: ") + error.what());
    }
}

std::string endpoint_of(const Environment& environment, const std::string& region) {
    const std::string given = environment.first_of({"AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"});
    if (!given.empty()) return given.ends_with('/') ? given : given + "/";
    return "https://sts." + region + (region.starts_with("cn-") ? ".amazonaws.com.cn/" : ".amazonaws.com/");
}

const XmlElement& inner(const XmlElement& element, std::string_view name) {
    const XmlElement* found = element.child(name);
    if (found == nullptr) throw XmlError("no " + std::string(name));
    return *found;
}

AwsCredentials read_answer(const std::string& body) {
    const XmlElement root = read_xml(body);
    const XmlElement& given = inner(inner(root, "AssumeRoleWithWebIdentityResult"), "Credentials");
    AwsCredentials credentials;
    credentials.key_id = inner(given, "AccessKeyId").text;
    credentials.key = Secret(inner(given, "SecretAccessKey").text);
    credentials.session_token = Secret(inner(given, "SessionToken").text);
    credentials.expires = parse_time(inner(given, "Expiration").text);
    return credentials;
}

}  // namespace

AwsCredentials web_identity_credentials(const StoreContext& context, const HttpClient& http,
                                        const std::string& region) {
    const Environment& environment = context.environment;
    const std::string role = environment.first_of({"AWS_ROLE_ARN"});
    if (role.empty()) throw StoreError("AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not");
    const std::string session = environment.first_of({"AWS_ROLE_SESSION_NAME"});
    const Secret token(token_in(environment.first_of({"AWS_WEB_IDENTITY_TOKEN_FILE"})));
    context.redaction.add(token.reveal());
    const std::string form = "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=" + percent_encode(role) +
                             "&RoleSessionName=" + percent_encode(session.empty() ? "lastgood" : session) +
                             "&WebIdentityToken=" + percent_encode(token.reveal());
    HttpRequest request;
    request.method = "POST";
    request.url = endpoint_of(environment, region);
    request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
    request.body = form;
    request.timeout = std::chrono::seconds(20);
    request.ca_file = environment.first_of({"AWS_CA_BUNDLE"});

    const HttpAnswer answer = send_with_retries(http, context.interruption, [&] { return request; });
    const std::string asked = "the role " + role + " cannot be taken on at " + request.url + ": ";
    if (const auto error = read_s3_error(answer))
        throw StoreError(asked + (error->status == 0 ? "" : "answered " + std::to_string(error->status) + " ") +
                         error->code + (error->code.empty() ? "" : ": ") + error->message);
    try {
        return read_answer(answer.body);
    } catch (const XmlError& error) {
        throw StoreError(asked + "the answer has no credentials: " + error.what());
    } catch (const std::invalid_argument& error) {
        throw StoreError(asked + error.what());
    }
}

}  // namespace lastgood
