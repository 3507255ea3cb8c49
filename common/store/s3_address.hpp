#pragma once

#include <string>

namespace lastgood {

class Environment;

/// Where a bucket is, and how it is asked.
struct S3Address {
    std::string bucket;
    std::string prefix;    ///< of every key of ours; "" or ends in '/'
    std::string endpoint;  ///< "https://host" or "http://host:port", without a path
    std::string region;
    bool path_style = false;        ///< https://host/bucket/key, else https://bucket.host/key
    std::string encryption;         ///< "" (as the bucket has it), "AES256" or "aws:kms"
    std::string encryption_key_id;  ///< for aws:kms; "": the account's own key

    /// "s3://bucket/prefix": what messages call it.
    std::string say() const;
    /// Of a key of the bucket, our prefix included; "" is the bucket itself.
    std::string url_of(const std::string& full_key) const;
};

/// Reads s3://bucket/prefix?endpoint=https://host:port&region=eu-central-1&path_style=true&sse=AES256|aws:kms&
/// sse_kms_key_id=ID. All but the bucket may be left out: the endpoint then comes from AWS_ENDPOINT_URL_S3 or
/// AWS_ENDPOINT_URL and else is AWS's, the region comes from AWS_REGION or AWS_DEFAULT_REGION and else is us-east-1.
/// path_style is true where an endpoint is given, or where the bucket has a dot, which no certificate would match.
/// Failure (2) names the fault.
S3Address read_s3_address(const std::string& text, const Environment& environment);

}  // namespace lastgood
