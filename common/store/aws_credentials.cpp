#include "store/aws_credentials.hpp"

#include "outside/environment.hpp"
#include "outside/http.hpp"
#include "outside/redaction.hpp"
#include "store/aws_credential_sources.hpp"

namespace lastgood {

namespace {

constexpr std::chrono::minutes k_before_the_end{5};

AwsCredentials credentials_in(const Environment& environment) {
    AwsCredentials found;
    found.key_id = environment.first_of({"AWS_ACCESS_KEY_ID"});
    found.key = Secret(environment.first_of({"AWS_SECRET_ACCESS_KEY"}));
    found.session_token = Secret(environment.first_of({"AWS_SESSION_TOKEN"}));
    if (found.key_id.empty()) throw StoreError("AWS_SECRET_ACCESS_KEY is set, but AWS_ACCESS_KEY_ID is not");
    if (found.key.empty()) throw StoreError("AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not");
    return found;
}

}  // namespace

AwsCredentialSource::AwsCredentialSource(const StoreContext& context, const HttpClient& http, std::string region)
    : m_context(context), m_http(http), m_region(std::move(region)) {}

AwsCredentials AwsCredentialSource::get() const {
    const std::lock_guard lock(m_mutex);
    const bool good = m_known && (!m_known->expires || now() < *m_known->expires - k_before_the_end);
    if (good) return *m_known;
    try {
        m_known = fetch();
    } catch (const StoreError&) {
        if (!m_known || now() >= *m_known->expires) throw;
    }
    m_context.redaction.add(m_known->key.reveal());
    m_context.redaction.add(m_known->session_token.reveal());
    return *m_known;
}

bool AwsCredentialSource::forget() const {
    const std::lock_guard lock(m_mutex);
    const bool renewable = m_known && m_known->expires;
    m_known.reset();
    return renewable;
}

AwsCredentials AwsCredentialSource::fetch() const {
    const Environment& environment = m_context.environment;
    if (!environment.first_of({"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}).empty())
        return credentials_in(environment);
    if (!environment.first_of({"AWS_WEB_IDENTITY_TOKEN_FILE"}).empty())
        return web_identity_credentials(m_context, m_http, m_region);
    if (!environment.first_of({"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"}).empty())
        return container_credentials(m_context, m_http);
    throw StoreError(
        "no credentials for the s3 store: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or "
        "AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN, or AWS_CONTAINER_CREDENTIALS_FULL_URI");
}

}  // namespace lastgood
