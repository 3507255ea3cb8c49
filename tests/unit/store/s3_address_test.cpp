#include "store/s3_address.hpp"

#include "outside/environment.hpp"
#include "support/failure_of.hpp"

#include <gtest/gtest.h>

namespace lastgood {
namespace {

using Variables = std::map<std::string, std::string>;

S3Address read(const std::string& text, Variables variables = {}) {
    return read_s3_address(text, Environment(std::move(variables)));
}

std::string fault_of(const std::string& text, Variables variables = {}) {
    const Failure failure = test::failure_of([&] { read(text, variables); });
    EXPECT_EQ(failure.code(), ExitCode::usage);
    return failure.what_happened();
}

void expect_fault(const std::string& text, const std::string& words) {
    const std::string fault = fault_of(text);
    EXPECT_NE(fault.find(words), std::string::npos) << text << ": " << fault;
}

TEST(S3Address, OfABucketAloneIsAtAws) {
    const S3Address address = read("s3://shop-backups");
    EXPECT_EQ(address.bucket, "shop-backups");
    EXPECT_EQ(address.prefix, "");
    EXPECT_EQ(address.region, "us-east-1");
    EXPECT_EQ(address.endpoint, "https://s3.us-east-1.amazonaws.com");
    EXPECT_FALSE(address.path_style);
    EXPECT_EQ(address.say(), "s3://shop-backups");
    EXPECT_EQ(address.url_of("a/b"), "https://shop-backups.s3.us-east-1.amazonaws.com/a/b");
    EXPECT_EQ(address.url_of(""), "https://shop-backups.s3.us-east-1.amazonaws.com/");
}

TEST(S3Address, MaySayEverythingItself) {
    const S3Address address = read(
        "s3://shop/a/b/?endpoint=https%3A%2F%2Fstore.example:8443/&region=eu-central-1&path_style=false&sse=aws:kms"
        "&sse_kms_key_id=arn:aws:kms:eu-central-1:1:key/12-34",
        {{"AWS_REGION", "other"}, {"AWS_ENDPOINT_URL", "http://other"}});
    EXPECT_EQ(address.prefix, "a/b/");
    EXPECT_EQ(address.say(), "s3://shop/a/b");
    EXPECT_EQ(address.region, "eu-central-1");
    EXPECT_EQ(address.encryption, "aws:kms");
    EXPECT_EQ(address.encryption_key_id, "arn:aws:kms:eu-central-1:1:key/12-34");
    EXPECT_EQ(address.url_of("a/b/c"), "https://shop.store.example:8443/a/b/c");
}

TEST(S3Address, TakesRegionAndEndpointFromTheEnvironment) {
    EXPECT_EQ(read("s3://shop", {{"AWS_REGION", "eu-west-1"}, {"AWS_DEFAULT_REGION", "x"}}).region, "eu-west-1");
    EXPECT_EQ(read("s3://shop", {{"AWS_REGION", ""}, {"AWS_DEFAULT_REGION", "eu-west-2"}}).region, "eu-west-2");
    EXPECT_EQ(read("s3://shop", {{"AWS_REGION", "cn-north-1"}}).endpoint, "https://s3.cn-north-1.amazonaws.com.cn");
    const S3Address address =
        read("s3://shop", {{"AWS_ENDPOINT_URL", "http://a"}, {"AWS_ENDPOINT_URL_S3", "http://b:9"}});
    EXPECT_EQ(address.url_of("k"), "http://b:9/shop/k");
}

TEST(S3Address, UsesPathsWhereAnEndpointIsGivenOrNoCertificateWouldMatch) {
    EXPECT_TRUE(read("s3://shop?endpoint=http://[::1]:9000").path_style);
    EXPECT_TRUE(read("s3://shop.example").path_style);
    EXPECT_FALSE(read("s3://shop.example?path_style=false").path_style);
}

TEST(S3Address, EncodesWhatForeignKeysHold) {
    EXPECT_EQ(read("s3://shop?endpoint=http://h").url_of("a b/c+d"), "http://h/shop/a%20b/c%2Bd");
}

TEST(S3Address, NamesTheFault) {
    expect_fault("s3:shop", "does not begin with s3://");
    for (const char* bucket : {"", "ab", "-shop", "sh..op", "sh op", "sh%6fp", "shöp"})
        expect_fault(std::string("s3://") + bucket + "/p", "names no bucket");
    for (const char* prefix : {"a//b", "/a", ".hidden", "a/../b", "a b"})
        expect_fault(std::string("s3://shop/") + prefix, "has a prefix with a part");
    for (const char* endpoint :
         {"store.example", "ftp://h", "https://", "http://h/path", "http://h?x", "http://h\r\nx"})
        expect_fault(std::string("s3://shop?endpoint=") + endpoint, "has an endpoint that is no");
    expect_fault("s3://shop?region=EU", "has a region");
    expect_fault("s3://shop?path_style=yes", "neither true nor false");
    expect_fault("s3://shop?sse=rot13", "neither AES256 nor aws:kms");
    expect_fault("s3://shop?sse=AES256&sse_kms_key_id=a", "without sse=aws:kms");
    expect_fault("s3://shop?sse=aws:kms&sse_kms_key_id=a%0d%0ab", "neither the id nor the name of a key");
    expect_fault("s3://shop?colour=red", "unknown parameter \"colour\"");
    expect_fault("s3://shop?region", "\"region\" without a value");
    expect_fault("s3://shop?region=a&region=b", "\"region\" twice");
}

TEST(S3Address, HoldsNoCredentialsAndShowsNone) {
    for (const char* text : {"s3://AKIA:hush@shop/p", "s3://shop?endpoint=https://AKIA:hush@h"}) {
        expect_fault(text, "has credentials");
        EXPECT_EQ(fault_of(text).find("hush"), std::string::npos);
    }
}

}  // namespace
}  // namespace lastgood
