#include "outside/parallel.hpp"
#include "s3_place.hpp"
#include "store/s3_litter.hpp"
#include "store/s3_upload.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace lastgood {
namespace {

constexpr std::size_t k_mebibyte = 1UL << 20U;

struct S3Objects : testing::Test {
    S3Place place;
    std::unique_ptr<Store> store = place.open();
    std::unique_ptr<S3Client> client = place.client();

    int remove_all_litter() { return remove_s3_litter(*client, now() + std::chrono::minutes(1)); }
};

TEST_F(S3Objects, AreListedBeyondThePageOfAThousand) {
    constexpr std::size_t k_keys = 1'105;
    in_parallel(8, k_keys, [&](std::size_t i) { put(*store, "run/" + std::to_string(i) + "/x", "1"); });
    const Keys keys = store->list("run/");
    EXPECT_EQ(keys.size(), k_keys);
    EXPECT_TRUE(std::is_sorted(keys.begin(), keys.end()));
    EXPECT_EQ(store->list_parts("run/").size(), k_keys);
    store->remove("run/");
    EXPECT_EQ(store->list(""), Keys{});
}

TEST_F(S3Objects, ComeBackEqualFromManyParts) {
    const std::string bytes = varied_bytes(40 * k_mebibyte + 1);
    const auto object = store->write("rp/1/big");
    std::string_view rest = bytes;
    for (std::size_t size = 1; !rest.empty(); size = size * 3 + 1) {
        object->write(rest.substr(0, size));
        rest.remove_prefix(std::min(size, rest.size()));
    }
    object->finish();
    EXPECT_TRUE(read_all(*place.open(), "rp/1/big") == bytes);
    EXPECT_EQ(remove_all_litter(), 0);
}

TEST_F(S3Objects, ComeBackEqualFromTheEdgesOfAPart) {
    for (const std::size_t size : {8 * k_mebibyte - 1, 8 * k_mebibyte, 8 * k_mebibyte + 1, 16 * k_mebibyte}) {
        const std::string bytes = varied_bytes(size);
        put(*store, "rp/1/edge", bytes);
        EXPECT_TRUE(read_all(*store, "rp/1/edge") == bytes) << size;
    }
}

TEST_F(S3Objects, AreNotSeenWhileTheirUploadIsUnfinished) {
    const auto object = store->write("rp/1/half");
    object->write(varied_bytes(20 * k_mebibyte));
    EXPECT_EQ(store->list(""), Keys{});
    EXPECT_EQ(store->remove_litter(), 0) << "a live program owns it";
    EXPECT_EQ(remove_all_litter(), 1) << "a day later";
    EXPECT_THROW(object->finish(), StoreError);
    EXPECT_EQ(store->list(""), Keys{});
}

TEST_F(S3Objects, LeaveNoUploadBehindWhenTheyAreGivenUp) {
    store->write("rp/1/half")->write(varied_bytes(20 * k_mebibyte));
    EXPECT_EQ(remove_all_litter(), 0);
    EXPECT_EQ(store->list(""), Keys{});
}

TEST_F(S3Objects, AreNeverReadAsAMixtureOfOldAndNew) {
    put(*store, "rp/1/a", varied_bytes(40 * k_mebibyte, 1));
    const auto object = store->read("rp/1/a");
    EXPECT_TRUE(object->read() == varied_bytes(8 * k_mebibyte, 1));
    put(*store, "rp/1/a", varied_bytes(40 * k_mebibyte, 2));
    EXPECT_THROW(while (!object->read().empty()) continue, StoreError);
    EXPECT_THROW(object->read(), StoreError) << "what failed once must not look like the end";
}

TEST_F(S3Objects, LeaveProbesOfTheServiceAsLitterAtMost) {
    S3Request probe;
    probe.method = "PUT";
    probe.key = ".lastgood-probe-left";
    client->send(probe);
    EXPECT_EQ(store->list(""), Keys{});
    EXPECT_EQ(store->last_change(""), std::nullopt);
    EXPECT_EQ(store->remove_litter(), 0);
    EXPECT_EQ(remove_all_litter(), 1);
    EXPECT_EQ(remove_all_litter(), 0);
}

TEST_F(S3Objects, BelowThePrefixOfAnotherStoreAreNotOurs) {
    S3Place other;
    put(*store, "a", "ours");
    put(*other.open(), "a", "theirs");
    store->remove("a");
    EXPECT_EQ(read_all(*other.open(), "a"), "theirs");
}

}  // namespace
}  // namespace lastgood
