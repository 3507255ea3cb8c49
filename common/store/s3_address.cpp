#include "store/s3_address.hpp"

#include "core/failure.hpp"
#include "outside/environment.hpp"
#include "outside/redaction.hpp"
#include "store/key.hpp"

#include <algorithm>
#include <map>
#include <string_view>

namespace lastgood {

namespace {

constexpr std::string_view k_scheme = "s3://";
constexpr std::string_view k_small = "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view k_alphanumeric = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

using Parameters = std::map<std::string, std::string>;

/// The address itself is not shown: a wrong one may carry a password.
[[noreturn]] void refuse(const std::string& fault) {
    throw Failure(ExitCode::usage, "the address of the s3 store " + fault, "nothing",
                  "write it as   store: s3://bucket/prefix?endpoint=https://host&region=eu-central-1");
}

bool consists_of(std::string_view text, std::string_view characters, std::string_view more) {
    return std::all_of(text.begin(), text.end(), [&](char c) {
        return characters.find(c) != std::string_view::npos || more.find(c) != std::string_view::npos;
    });
}

std::string bucket_of(const std::string& name) {
    if (name.find('@') != std::string::npos || name.find(':') != std::string::npos)
        refuse(
            "has credentials or a port before the bucket: they belong in AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY "
            "and endpoint=");
    if (name.size() < 3 || name.size() > 63 || !consists_of(name, k_alphanumeric, ".-_") ||
        name.find_first_of(".-_") == 0 || name.find("..") != std::string::npos)
        refuse("names no bucket: 3 to 63 of [A-Za-z0-9._-], a letter or a digit first");
    return name;
}

std::string prefix_of(std::string path) {
    while (path.ends_with('/')) path.pop_back();
    if (path.empty()) return "";
    if (!is_key(path)) refuse("has a prefix with a part that is not of [A-Za-z0-9._-], or that begins with a dot");
    return path + "/";
}

Parameters parameters_of(std::string_view query) {
    Parameters parameters;
    while (!query.empty()) {
        const auto one = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(one.size() + 1, query.size()));
        const auto equals = one.find('=');
        const std::string name(one.substr(0, equals));
        if (equals == std::string_view::npos || equals + 1 == one.size())
            refuse("has a parameter \"" + name + "\" without a value");
        if (!parameters.emplace(name, percent_decode(one.substr(equals + 1))).second)
            refuse("has the parameter \"" + name + "\" twice");
    }
    return parameters;
}

/// The parameter's value, "" if it is not there; what nobody took is a mistake.
std::string take(Parameters& parameters, const std::string& name) {
    const auto node = parameters.extract(name);
    return node.empty() ? "" : node.mapped();
}

std::string checked_endpoint(std::string text) {
    while (text.ends_with('/')) text.pop_back();
    const auto scheme = text.find("://");
    const std::string host = scheme == std::string::npos ? "" : text.substr(scheme + 3);
    if (host.find('@') != std::string::npos)
        refuse("has credentials in its endpoint: they belong in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
    const bool known = text.starts_with("https://") || text.starts_with("http://");
    if (!known || host.empty() || !consists_of(host, k_alphanumeric, ".-_:[]"))
        refuse("has an endpoint that is no https://host or http://host:port");
    return text;
}

std::string endpoint_of_aws(const std::string& region) {
    return "https://s3." + region + (region.starts_with("cn-") ? ".amazonaws.com.cn" : ".amazonaws.com");
}

bool truth_of(const std::string& text) {
    if (text != "true" && text != "false") refuse("has a path_style that is neither true nor false");
    return text == "true";
}

void read_encryption(S3Address& address, Parameters& parameters) {
    address.encryption = take(parameters, "sse");
    address.encryption_key_id = take(parameters, "sse_kms_key_id");
    if (!address.encryption.empty() && address.encryption != "AES256" && address.encryption != "aws:kms")
        refuse("has an sse that is neither AES256 nor aws:kms");
    if (!address.encryption_key_id.empty() && address.encryption != "aws:kms")
        refuse("has an sse_kms_key_id without sse=aws:kms");
    if (!consists_of(address.encryption_key_id, k_alphanumeric, ":/_-."))
        refuse("has an sse_kms_key_id that is neither the id nor the name of a key");
}

}  // namespace

std::string S3Address::say() const {
    return std::string(k_scheme) + bucket + (prefix.empty() ? "" : "/" + prefix.substr(0, prefix.size() - 1));
}

std::string S3Address::url_of(const std::string& full_key) const {
    const auto host = endpoint.find("://") + 3;
    std::string url =
        path_style ? endpoint + "/" + bucket : endpoint.substr(0, host) + bucket + "." + endpoint.substr(host);
    std::string_view rest = full_key;
    for (;;) {
        const auto slash = rest.find('/');
        url += "/" + percent_encode(rest.substr(0, slash));
        if (slash == std::string_view::npos) return url;
        rest.remove_prefix(slash + 1);
    }
}

S3Address read_s3_address(const std::string& text, const Environment& environment) {
    if (!text.starts_with(k_scheme)) refuse("does not begin with s3://");
    const auto question = text.find('?');
    const std::string path = text.substr(k_scheme.size(), std::min(question, text.size()) - k_scheme.size());
    Parameters parameters =
        parameters_of(question == std::string::npos ? "" : std::string_view(text).substr(question + 1));
    const auto slash = path.find('/');

    S3Address address;
    address.bucket = bucket_of(path.substr(0, slash));
    address.prefix = slash == std::string::npos ? "" : prefix_of(path.substr(slash + 1));
    address.region = take(parameters, "region");
    if (address.region.empty()) address.region = environment.first_of({"AWS_REGION", "AWS_DEFAULT_REGION"});
    if (address.region.empty()) address.region = "us-east-1";
    if (!consists_of(address.region, k_small, "-")) refuse("has a region that is not of [a-z0-9-]");

    std::string endpoint = take(parameters, "endpoint");
    if (endpoint.empty()) endpoint = environment.first_of({"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"});
    address.endpoint = endpoint.empty() ? endpoint_of_aws(address.region) : checked_endpoint(endpoint);
    const std::string style = take(parameters, "path_style");
    address.path_style =
        style.empty() ? !endpoint.empty() || address.bucket.find('.') != std::string::npos : truth_of(style);
    read_encryption(address, parameters);
    if (!parameters.empty())
        refuse("has an unknown parameter \"" + parameters.begin()->first +
               "\"; known are endpoint, region, path_style, sse and sse_kms_key_id");
    return address;
}

}  // namespace lastgood
