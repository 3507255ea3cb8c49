#pragma once

#include "store/aws_credentials.hpp"

namespace lastgood {

/// Each asks one source, and throws StoreError if it refuses.

/// STS AssumeRoleWithWebIdentity at AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL or AWS's endpoint of the region.
AwsCredentials web_identity_credentials(const StoreContext& context, const HttpClient& http, const std::string& region);

/// The agent beside the container. Nothing is sent in clear to another host than the agents' own addresses.
AwsCredentials container_credentials(const StoreContext& context, const HttpClient& http);

}  // namespace lastgood
