#pragma once

#include "core/secret.hpp"
#include "outside/clock.hpp"
#include "store/store.hpp"

#include <mutex>
#include <optional>
#include <string>

namespace lastgood {

class HttpClient;

struct AwsCredentials {
    std::string key_id;
    Secret key;
    Secret session_token;         ///< may be empty
    std::optional<Time> expires;  ///< none: never
};

/// The credentials of this process, found where AWS's own programs look first:
/// 1. AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN;
/// 2. AWS_WEB_IDENTITY_TOKEN_FILE with AWS_ROLE_ARN, exchanged at STS: what CI hosts and Kubernetes give;
/// 3. AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or AWS_CONTAINER_CREDENTIALS_FULL_URI: ECS and EKS.
/// Profiles and the metadata of an EC2 instance are not read. All secrets go to the Redaction. From any thread.
class AwsCredentialSource {
  public:
    /// `region`: of STS.
    AwsCredentialSource(const StoreContext& context, const HttpClient& http, std::string region);

    /// Renewed five minutes before they expire. StoreError says which variables are missing, or who refused.
    AwsCredentials get() const;
    /// The service called them expired: the next get() asks for new ones. False if there can be no others.
    bool forget() const;

  private:
    AwsCredentials fetch() const;

    StoreContext m_context;
    const HttpClient& m_http;
    std::string m_region;
    mutable std::mutex m_mutex;
    mutable std::optional<AwsCredentials> m_known;
};

}  // namespace lastgood
