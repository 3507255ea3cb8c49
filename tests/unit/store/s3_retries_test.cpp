#include "store/backoff.hpp"
#include "store/s3_address.hpp"
#include "store/s3_error.hpp"
#include "store/s3_upload.hpp"

#include <gtest/gtest.h>

namespace lastgood {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

HttpAnswer answer(long status, const std::string& code = "") {
    HttpAnswer made;
    made.status = status;
    if (!code.empty()) made.body = "<Error><Code>" + code + "</Code><Message>words\x1b[31m</Message></Error>";
    return made;
}

bool may_pass(const HttpAnswer& made) {
    const auto error = read_s3_error(made);
    return error && error->may_pass;
}

TEST(Backoff, DoublesFromAFifthOfASecondToFiveSeconds) {
    EXPECT_EQ(backoff(1, {}, 0), milliseconds(100));
    EXPECT_EQ(backoff(1, {}, 1), milliseconds(200));
    EXPECT_EQ(backoff(2, {}, 1), milliseconds(400));
    EXPECT_EQ(backoff(5, {}, 1), milliseconds(3'200));
    EXPECT_EQ(backoff(6, {}, 1), milliseconds(5'000));
    EXPECT_EQ(backoff(1'000'000, {}, 1), milliseconds(5'000));
}

TEST(Backoff, EndsAfterHalfAMinute) {
    for (const double jitter : {0.0, 0.5, 1.0}) {
        milliseconds elapsed{0};
        int tries = 1;
        while (const auto delay = backoff(tries, elapsed, jitter)) {
            elapsed += *delay;
            ++tries;
        }
        EXPECT_GT(elapsed, seconds(24));
        EXPECT_LE(elapsed, seconds(30));
        EXPECT_LT(tries, 20);
    }
}

TEST(Backoff, GivesTwoTriesToWhatTakesLong) {
    EXPECT_TRUE(backoff(1, seconds(300), 0));
    EXPECT_FALSE(backoff(2, seconds(40), 0));
}

TEST(Backoff, HasAnotherJitterEveryTime) {
    EXPECT_NE(random_jitter(), random_jitter());
}

TEST(S3Retries, AreForWhatMayPass) {
    for (const long status : {429, 500, 502, 503, 504}) EXPECT_TRUE(may_pass(answer(status))) << status;
    for (const char* code : {"SlowDown", "RequestTimeout", "InternalError", "Throttling"})
        EXPECT_TRUE(may_pass(answer(400, code))) << code;
    EXPECT_TRUE(may_pass(answer(409, "ConditionalRequestConflict")));
    HttpAnswer none;
    none.trouble = "connection reset";
    none.may_pass = true;
    EXPECT_TRUE(may_pass(none));
}

TEST(S3Retries, AreNotForARefusal) {
    for (const long status : {301, 307, 400, 401, 403, 404, 405, 409, 412, 416, 501})
        EXPECT_FALSE(may_pass(answer(status))) << status;
    EXPECT_FALSE(may_pass(answer(403, "AccessDenied")));
    HttpAnswer certificate;
    certificate.trouble = "certificate has expired";
    EXPECT_FALSE(may_pass(certificate));
}

TEST(S3Error, IsReadFromAnOkOnlyWhereTheBodySaysSo) {
    HttpAnswer made = answer(200, "InternalError");
    EXPECT_FALSE(read_s3_error(made)) << "an object may hold anything";
    made.headers["content-type"] = "application/xml";
    EXPECT_EQ(read_s3_error(made)->code, "InternalError");
    made.body = "<CompleteMultipartUploadResult/>";
    EXPECT_FALSE(read_s3_error(made));
}

TEST(S3Error, SaysWhatHappenedAndWhatItMeans) {
    S3Address address;
    address.bucket = "shop";
    address.region = "us-east-1";
    address.endpoint = "https://h";
    const auto explained = [&](const HttpAnswer& made) { return explain(*read_s3_error(made), address, "PUT a"); };
    EXPECT_EQ(explained(answer(418, "Teapot")), "s3://shop: PUT a: answered 418 Teapot, \"words\"");
    EXPECT_NE(explained(answer(403, "AccessDenied")).find("s3:ListBucket"), std::string::npos);
    EXPECT_NE(explained(answer(404)).find("there is no bucket \"shop\""), std::string::npos);
    HttpAnswer proxy = answer(502);
    proxy.body = "<html><br>busy</html>";
    EXPECT_EQ(explained(proxy), "s3://shop: PUT a: answered 502");
    HttpAnswer none;
    none.trouble = "connection refused";
    EXPECT_EQ(explained(none), "s3://shop: PUT a: no answer from https://h: connection refused");
    HttpAnswer wrong = answer(400, "AuthorizationHeaderMalformed");
    wrong.headers["x-amz-bucket-region"] = "eu-west-1";
    EXPECT_NE(explained(wrong).find("write region=eu-west-1"), std::string::npos);
}

TEST(S3Error, KnowsAServiceWithoutRoom) {
    EXPECT_TRUE(says_full(*read_s3_error(answer(403, "QuotaExceeded"))));
    EXPECT_TRUE(says_full(*read_s3_error(answer(507))));
    EXPECT_FALSE(says_full(*read_s3_error(answer(403, "AccessDenied"))));
}

TEST(S3PartSize, LetsTenThousandPartsHoldFiveTebibytes) {
    EXPECT_EQ(s3_part_size(1), 8U << 20U);
    EXPECT_EQ(s3_part_size(1'000), 8U << 20U);
    std::uint64_t all = 0;
    for (int number = 1; number <= 10'000; ++number) {
        EXPECT_GE(s3_part_size(number + 1), s3_part_size(number));
        all += s3_part_size(number);
    }
    EXPECT_GE(all, 5ULL << 40U);
    EXPECT_LE(s3_part_size(10'000), 5ULL << 30U) << "no part may be greater";
}

}  // namespace
}  // namespace lastgood
