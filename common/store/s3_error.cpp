#include "store/s3_error.hpp"

#include "outside/harmless.hpp"
#include "store/s3_address.hpp"
#include "store/xml.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace lastgood {

namespace {

template <std::size_t count>
bool is_one_of(std::string_view text, const std::array<std::string_view, count>& words) {
    return std::find(words.begin(), words.end(), text) != words.end();
}

constexpr std::array<std::string_view, 9> k_passing{
    "ConditionalRequestConflict", "InternalError", "RequestThrottled", "RequestTimeout",
    "ServiceUnavailable",         "SlowDown",      "Throttling",       "ThrottlingException",
    "TooManyRequestsException"};
constexpr std::array<long, 5> k_passing_statuses{429, 500, 502, 503, 504};
constexpr std::array<std::string_view, 4> k_full{"QuotaExceeded", "InsufficientCapacity", "XMinioStorageFull",
                                                 "StorageFull"};

void read_body(S3Error& error, const std::string& body) {
    try {
        const XmlElement root = read_xml(body);
        // STS wraps what S3 sends bare.
        const XmlElement* inner = root.name == "ErrorResponse" ? root.child("Error") : &root;
        if (inner == nullptr || inner->name != "Error") return;
        error.code = harmless_line(inner->text_of("Code"));
        error.message = harmless_line(inner->text_of("Message"));
        if (error.region.empty()) error.region = harmless_line(inner->text_of("Region"));
    } catch (const XmlError&) {
        // A proxy's page: the status says all that we can.
    }
}

bool is_error_document(const HttpAnswer& answer) {
    return answer.status == 200 && answer.header("content-type").find("xml") != std::string::npos &&
           answer.body.find("<Error>") != std::string::npos;
}

/// What to do about it, as far as the service's code or status tells; "" if it does not.
std::string advice(const S3Error& error, const S3Address& address) {
    const std::string& code = error.code;
    if (code == "NoSuchBucket" || (code.empty() && error.status == 404))
        return "there is no bucket \"" + address.bucket + "\" at " + address.endpoint;
    if (code == "SignatureDoesNotMatch") return "AWS_SECRET_ACCESS_KEY does not belong to AWS_ACCESS_KEY_ID";
    if (code == "InvalidAccessKeyId") return "AWS_ACCESS_KEY_ID is not known there";
    if (code == "RequestTimeTooSkewed" || code == "RequestExpired")
        return "the clock of this machine is wrong: it says " + say_time(now()) +
               (error.date.empty() ? "" : ", the service says " + error.date);
    if (code == "ExpiredToken" || code == "InvalidToken" || code == "TokenRefreshRequired")
        return "the session of AWS_SESSION_TOKEN has ended, or is not known there";
    if (!error.region.empty() && error.region != address.region)
        return "the bucket is in the region " + error.region + ": write region=" + error.region;
    if (error.status == 301 || error.status == 307)
        return "the bucket is in another region than " + address.region + ", or at another endpoint";
    if (error.status == 403 || error.status == 401)
        return "these credentials lack the permission; needed are s3:ListBucket, s3:GetObject, s3:PutObject, "
               "s3:DeleteObject, s3:AbortMultipartUpload and s3:ListBucketMultipartUploads";
    return "";
}

}  // namespace

std::optional<S3Error> read_s3_error(const HttpAnswer& answer) {
    if (answer.status / 100 == 2 && !is_error_document(answer)) return std::nullopt;
    S3Error error;
    error.status = answer.status;
    error.region = harmless_line(answer.header("x-amz-bucket-region"));
    error.date = harmless_line(answer.header("date"));
    error.message = harmless_line(answer.trouble);
    if (answer.status == 0) {
        error.may_pass = answer.may_pass;
        return error;
    }
    read_body(error, answer.body);
    error.may_pass = is_one_of(error.code, k_passing) || std::find(k_passing_statuses.begin(), k_passing_statuses.end(),
                                                                   answer.status) != k_passing_statuses.end();
    return error;
}

std::string explain(const S3Error& error, const S3Address& address, const std::string& asked) {
    const std::string place = address.say() + ": " + asked;
    if (error.status == 0) return place + ": no answer from " + address.endpoint + ": " + error.message;
    std::string words = place + ": answered " + std::to_string(error.status);
    if (!error.code.empty()) words += " " + error.code;
    if (!error.message.empty()) words += ", \"" + error.message + "\"";
    const std::string known = advice(error, address);
    return known.empty() ? words : words + ": " + known;
}

bool says_full(const S3Error& error) {
    return error.status == 507 || is_one_of(error.code, k_full);
}

}  // namespace lastgood
