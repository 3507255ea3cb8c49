#include "store/aws_credentials.hpp"

#include "outside/files.hpp"
#include "s3_place.hpp"
#include "support/http_fake.hpp"
#include "support/radosgw.hpp"

#include <atomic>

#include <gtest/gtest.h>

namespace lastgood {
namespace {

using test::FakeAnswer;
using test::FakeRequest;
using test::HttpFake;
using test::Radosgw;

using Variables = std::map<std::string, std::string>;

/// One process that looks for its credentials.
struct Seeker {
    explicit Seeker(Variables variables) : environment(std::move(variables)) {}

    std::string trouble() const {
        try {
            source.get();
        } catch (const StoreError& error) {
            return error.what();
        }
        return "none";
    }

    Environment environment;
    Redaction redaction;
    Interruption interruption;
    HttpClient http{interruption};
    AwsCredentialSource source{{environment, redaction, interruption}, http, "eu-central-1"};
};

/// STS, which gives another key at every call.
struct SecurityTokenService {
    std::chrono::minutes lifetime;
    int given = 0;

    FakeAnswer operator()(const FakeRequest& request) {
        if (request.body.find("WebIdentityToken=a%2Ftoken&") == std::string::npos &&
            !request.body.ends_with("WebIdentityToken=a%2Ftoken"))
            return {
                400,
                "<ErrorResponse><Error><Code>InvalidIdentityToken</Code><Message>no</Message></Error></ErrorResponse>",
                {}};
        const std::string number = std::to_string(++given);
        return {200,
                "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>ID" +
                    number + "</AccessKeyId><SecretAccessKey>secret-" + number +
                    "</SecretAccessKey><SessionToken>session-" + number + "</SessionToken><Expiration>" +
                    say_time(now() + lifetime) +
                    "</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>",
                {}};
    }
};

/// The file of a web identity, and who exchanges it.
struct WebIdentity {
    explicit WebIdentity(std::chrono::minutes lifetime, const std::string& token = "a/token\n")
        : service(SecurityTokenService{lifetime}) {
        create_file(place.path() / "token", token);
    }
    Variables variables() const {
        return {{"AWS_WEB_IDENTITY_TOKEN_FILE", place.path() / "token"},
                {"AWS_ROLE_ARN", "arn:aws:iam::1:role/lastgood"},
                {"AWS_ENDPOINT_URL_STS", service.endpoint()}};
    }
    TemporaryDirectory place{"lastgood-token-"};
    HttpFake service;
};

std::string container_answer(const std::string& rest) {
    return R"({"AccessKeyId":")" + Radosgw::shared().key_id() + R"(","SecretAccessKey":")" + Radosgw::shared().key() +
           "\"" + rest + "}";
}

TEST(AwsCredentials, NamesTheVariablesThatAreMissing) {
    EXPECT_NE(Seeker(Variables{}).trouble().find("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"), std::string::npos);
    EXPECT_EQ(Seeker(Variables{{"AWS_ACCESS_KEY_ID", "a"}}).trouble(),
              "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not");
    EXPECT_EQ(Seeker(Variables{{"AWS_SECRET_ACCESS_KEY", "a"}}).trouble(),
              "AWS_SECRET_ACCESS_KEY is set, but AWS_ACCESS_KEY_ID is not");
    EXPECT_EQ(Seeker(Variables{{"AWS_WEB_IDENTITY_TOKEN_FILE", "/none"}}).trouble(),
              "AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not");
}

TEST(AwsCredentials, OfTheEnvironmentAreTakenFirst) {
    const WebIdentity identity(std::chrono::hours(1));
    Variables variables = identity.variables();
    variables.insert(
        {{"AWS_ACCESS_KEY_ID", "a"}, {"AWS_SECRET_ACCESS_KEY", "secret"}, {"AWS_SESSION_TOKEN", "session"}});
    const Seeker seeker(variables);
    EXPECT_EQ(seeker.source.get().key_id, "a");
    EXPECT_EQ(seeker.source.get().session_token.reveal(), "session");
    EXPECT_EQ(seeker.redaction.clean("secret session"), "*** ***");
    EXPECT_TRUE(identity.service.requests().empty());
}

TEST(AwsCredentials, OfAWebIdentityAreExchangedOnceAndRedacted) {
    const WebIdentity identity(std::chrono::hours(1));
    const Seeker seeker(identity.variables());
    EXPECT_EQ(seeker.source.get().key_id, "ID1");
    EXPECT_EQ(seeker.source.get().key.reveal(), "secret-1");
    EXPECT_EQ(seeker.redaction.clean("secret-1 session-1 a/token"), "*** *** ***");
    const auto requests = identity.service.requests();
    ASSERT_EQ(requests.size(), 1U);
    EXPECT_EQ(requests[0].method, "POST");
    EXPECT_NE(requests[0].body.find("RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Flastgood"), std::string::npos);
    EXPECT_EQ(requests[0].headers.count("authorization"), 0U) << "the token speaks for itself";
}

TEST(AwsCredentials, AreRenewedBeforeTheyExpire) {
    const WebIdentity identity(std::chrono::minutes(4));
    const Seeker seeker(identity.variables());
    EXPECT_EQ(seeker.source.get().key_id, "ID1");
    EXPECT_EQ(seeker.source.get().key_id, "ID2");
}

TEST(AwsCredentials, ThatTheServiceCalledExpiredAreRenewed) {
    const WebIdentity identity(std::chrono::hours(1));
    const Seeker seeker(identity.variables());
    EXPECT_EQ(seeker.source.get().key_id, "ID1");
    EXPECT_TRUE(seeker.source.forget());
    EXPECT_EQ(seeker.source.get().key_id, "ID2");
}

TEST(AwsCredentials, ThatAreRefusedSayByWhom) {
    const WebIdentity identity(std::chrono::hours(1), "another");
    const std::string words = Seeker(identity.variables()).trouble();
    EXPECT_NE(words.find("arn:aws:iam::1:role/lastgood cannot be taken on at " + identity.service.endpoint()),
              std::string::npos)
        << words;
    EXPECT_NE(words.find("InvalidIdentityToken"), std::string::npos) << words;
}

TEST(AwsCredentials, OfAContainerOpenTheStore) {
    const HttpFake agent([](const FakeRequest& request) -> FakeAnswer {
        if (request.headers.count("authorization") == 0 || request.headers.at("authorization") != "Bearer x")
            return {401, "", {}};
        return {200, container_answer(",\"Expiration\":\"2199-01-01T00:00:00Z\""), {}};
    });
    const S3Place bucket;
    S3Place place(Radosgw::shared().endpoint(), {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", agent.endpoint() + "/v1"},
                                                 {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "Bearer x"}});
    const auto store = place.open();
    EXPECT_TRUE(store->create("a/b", "1"));
    EXPECT_EQ(store->get("a/b"), "1");
    EXPECT_EQ(agent.requests().size(), 1U);
}

TEST(AwsCredentials, OfAContainerAreNotAskedForInClearElsewhere) {
    for (const char* elsewhere : {"http://example.com/", "http://169.254.170.2.example.com/",
                                  "http://127.0.0.1:1@example.com/", "ftp://localhost/"})
        EXPECT_EQ(Seeker(Variables{{"AWS_CONTAINER_CREDENTIALS_FULL_URI", elsewhere}}).trouble(),
                  "the address of the container's credentials is neither https nor on this machine")
            << elsewhere;
}

TEST(AwsCredentials, OfAContainerWhoseAnswerIsRubbishAreNotShown) {
    const HttpFake agent([](const FakeRequest&) -> FakeAnswer {
        return {200, R"({"AccessKeyId":"a","Secret":"hush)", {}};
    });
    const std::string words = Seeker(Variables{{"AWS_CONTAINER_CREDENTIALS_FULL_URI", agent.endpoint()}}).trouble();
    EXPECT_NE(words.find("the answer has no AccessKeyId and SecretAccessKey"), std::string::npos) << words;
    EXPECT_EQ(words.find("hush"), std::string::npos) << words;
}

}  // namespace
}  // namespace lastgood
