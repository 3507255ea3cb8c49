#include "core/failure.hpp"
#include "s3_place.hpp"
#include "store/s3_creation.hpp"
#include "support/http_fake.hpp"
#include "support/radosgw.hpp"

#include <atomic>
#include <functional>

#include <gtest/gtest.h>

namespace lastgood {
namespace {

using test::FakeAnswer;
using test::FakeRequest;
using test::HttpFake;
using test::Radosgw;

using Variables = std::map<std::string, std::string>;

Variables keys(const std::string& id, const std::string& key) {
    return {{"AWS_ACCESS_KEY_ID", id}, {"AWS_SECRET_ACCESS_KEY", key}};
}

std::string trouble_of(const std::function<void()>& work) {
    try {
        work();
    } catch (const StoreError& error) {
        return error.what();
    }
    return "none";
}

void expect_said(const std::string& words, const std::string& wanted) {
    EXPECT_NE(words.find(wanted), std::string::npos) << words;
}

/// Objects without conditions, as S3 was until 2024: what a service that ignores "If-None-Match" does.
struct OldService {
    std::map<std::string, FakeRequest> objects;

    FakeAnswer operator()(const FakeRequest& request) {
        if (request.method == "PUT") objects[request.target] = request;
        if (request.method == "DELETE") objects.erase(request.target);
        const auto found = objects.find(request.target);
        if (request.method == "DELETE") return {204, "", {}};
        if (found == objects.end()) return {404, "<Error><Code>NoSuchKey</Code></Error>", {}};
        const std::string mark = "x-amz-meta-lastgood-writer";
        const auto& headers = found->second.headers;
        return {200,
                request.method == "GET" ? found->second.body : "",
                {{mark, headers.count(mark) == 0 ? "none" : headers.at(mark)}}};
    }
};

TEST(S3Answers, OfAWrongSecretAreSaidClearly) {
    S3Place place(Radosgw::shared().endpoint(), keys(Radosgw::shared().key_id(), "wrong"));
    expect_said(trouble_of([&] { place.open()->get("a"); }),
                "answered 403 SignatureDoesNotMatch: AWS_SECRET_ACCESS_KEY does not belong to AWS_ACCESS_KEY_ID");
}

TEST(S3Answers, OfAnUnknownKeyAreSaidClearly) {
    S3Place place(Radosgw::shared().endpoint(), keys("UNKNOWN", "wrong"));
    expect_said(trouble_of([&] { place.open()->list(""); }), "AWS_ACCESS_KEY_ID is not known there");
    EXPECT_NE(place.open()->why_not_writable(), std::nullopt);
}

TEST(S3Answers, OfAMissingBucketAreSaidClearlyAndNeverReadAsAMissingKey) {
    const S3Place known;
    S3Place place;
    const auto store = open_store("s3://no-such-bucket?endpoint=" + Radosgw::shared().endpoint(), place.context());
    const std::string wanted = "there is no bucket \"no-such-bucket\"";
    expect_said(trouble_of([&] { store->get("a"); }), wanted);
    expect_said(trouble_of([&] { store->list("a/"); }), wanted);
    expect_said(trouble_of([&] { store->create("a", "1"); }), wanted);
    expect_said(trouble_of([&] { store->read("a"); }), wanted);
    expect_said(trouble_of([&] { put(*store, "a", "1"); }), wanted);
    expect_said(store->why_not_writable().value_or("none"), wanted);
}

TEST(S3Answers, NeverShowASecret) {
    S3Place place(Radosgw::shared().endpoint(), keys(Radosgw::shared().key_id(), "a-wrong-secret"));
    const std::string words = trouble_of([&] { place.open()->get("a"); });
    EXPECT_EQ(words.find("a-wrong-secret"), std::string::npos) << words;
    EXPECT_EQ(place.redaction.clean("it is a-wrong-secret"), "it is ***");
}

TEST(S3Answers, FromAnotherRegionSayWhichOne) {
    const HttpFake service([](const FakeRequest&) -> FakeAnswer {
        return {301,
                "<Error><Code>PermanentRedirect</Code><Message>elsewhere</Message></Error>",
                {{"x-amz-bucket-region", "eu-west-3"}, {"Location", "http://127.0.0.1:1/"}}};
    });
    S3Place place(service.endpoint(), keys("some", "some-key"));
    const std::string words = trouble_of([&] { place.open()->get("a"); });
    expect_said(words, "answered 301 PermanentRedirect, \"elsewhere\": the bucket is in the region eu-west-3");
    EXPECT_EQ(service.requests().size(), 1U) << "a refusal is not tried again";
}

TEST(S3Answers, OfAClockThatIsWrongSayBothTimes) {
    const HttpFake service([](const FakeRequest&) -> FakeAnswer {
        return {403, "<Error><Code>RequestTimeTooSkewed</Code></Error>", {{"Date", "Sun, 22 Nov 2026 22:50:47 GMT"}}};
    });
    S3Place place(service.endpoint(), keys("some", "some-key"));
    expect_said(trouble_of([&] { place.open()->get("a"); }), "the service says Sun, 22 Nov 2026 22:50:47 GMT");
}

TEST(S3Answers, ThatSayOkWithAnErrorInsideAreErrors) {
    std::atomic<int> joins{0};
    const HttpFake service([&](const FakeRequest& request) -> FakeAnswer {
        const bool begins = request.target.ends_with("?uploads=");
        const std::map<std::string, std::string> xml{{"Content-Type", "application/xml"}, {"ETag", "\"1\""}};
        if (request.method != "POST") return {200, "", xml};
        if (begins)
            return {200, "<InitiateMultipartUploadResult><UploadId>7</UploadId></InitiateMultipartUploadResult>", xml};
        if (++joins == 1) return {200, "\n\n<Error><Code>InternalError</Code></Error>", xml};
        return {200, "<Error><Code>InvalidPart</Code></Error>", xml};
    });
    S3Place place(service.endpoint(), keys("some", "some-key"));
    const auto store = place.open();
    expect_said(trouble_of([&] { put(*store, "a", varied_bytes(9UL << 20U)); }), "InvalidPart");
    EXPECT_EQ(joins, 2) << "the first one was worth another try";
}

/// A service that completed the upload, lost its answer, and knows the object alone when it is asked again.
struct ForgetfulService {
    bool bears_the_mark;
    std::string mark;
    int joins = 0;

    FakeAnswer operator()(const FakeRequest& request) {
        const char* header = "x-amz-meta-lastgood-writer";
        if (request.method == "HEAD") return {200, "", {{header, bears_the_mark ? mark : "another"}}};
        if (request.method != "POST") return {200, "", {{"ETag", "\"1\""}}};
        if (request.target.ends_with("?uploads=")) {
            mark = request.headers.at(header);
            return {200, "<Result><UploadId>7</UploadId></Result>", {}};
        }
        if (++joins == 1) return {500, "", {}};
        return {404, "<Error><Code>NoSuchUpload</Code></Error>", {}};
    }
};

TEST(S3Answers, ThatAnUploadIsGoneMeanThatItIsCompleteWhereTheObjectIsOurs) {
    for (const bool ours : {true, false}) {
        const HttpFake service{ForgetfulService{ours, "", 0}};
        S3Place place(service.endpoint(), keys("some", "some-key"));
        const auto store = place.open();
        const std::string words = trouble_of([&] { put(*store, "a", varied_bytes(9UL << 20U)); });
        expect_said(words, ours ? "none" : "NoSuchUpload");
    }
}

TEST(S3Answers, OfAServiceWithoutConditionsLetOneWriterWinWhereNoneWasFaster) {
    const HttpFake service{OldService()};
    S3Place place(service.endpoint(), keys("some", "some-key"));
    const auto store = place.open();
    EXPECT_FALSE(S3Creation(*place.client()).is_exclusive());
    EXPECT_TRUE(store->create("a/b", "first"));
    EXPECT_FALSE(store->create("a/b", "second"));
    EXPECT_EQ(store->get("a/b"), "first");
}

/// The limit of such a service, said in s3_creation.hpp: between looking and writing another may look.
TEST(S3Answers, OfAServiceWithoutConditionsCannotTellTwoWritersOfTheSameInstant) {
    OldService objects;
    const std::function<void()> nothing = [] {};
    std::function<void()> other = nothing;
    const HttpFake service([&](const FakeRequest& request) {
        FakeAnswer answer = objects(request);
        if (request.method == "HEAD" && answer.status == 404) std::exchange(other, nothing)();
        return answer;
    });
    S3Place place(service.endpoint(), keys("some", "some-key"));
    const auto store = place.open();
    ASSERT_TRUE(store->create("a/first", "1"));
    other = [&] { objects({"PUT", "/lastgood-test" + place.path() + "/a/b", {}, "theirs"}); };
    EXPECT_TRUE(store->create("a/b", "ours"));
    EXPECT_EQ(store->get("a/b"), "ours") << "the later bytes stay";
}

TEST(S3Answers, OfARadosgwSayThatItHonoursTheCondition) {
    S3Place place;
    EXPECT_TRUE(S3Creation(*place.client()).is_exclusive());
}

}  // namespace
}  // namespace lastgood
