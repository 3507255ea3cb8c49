#include "core/failure.hpp"
#include "s3_place.hpp"
#include "support/radosgw.hpp"
#include "support/trouble_proxy.hpp"

#include <chrono>
#include <csignal>
#include <functional>
#include <thread>

#include <gtest/gtest.h>

namespace lastgood {
namespace {

using test::Radosgw;
using test::TroubleProxy;

constexpr std::size_t k_mebibyte = 1UL << 20U;

/// A store behind a network that makes trouble.
struct S3Trouble : testing::TestWithParam<unsigned> {
    TroubleProxy proxy{Radosgw::shared().port(), 1};
    S3Place place{proxy.endpoint()};
    std::unique_ptr<Store> store = place.open();

    /// How long `transfer` goes on after a signal that comes once the network is silent.
    std::chrono::milliseconds ends_after_a_signal(const std::function<void()>& transfer) {
        proxy.set(TroubleProxy::Mode::silent);
        std::chrono::steady_clock::time_point signalled;
        std::jthread other([&] {
            const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
            while (!proxy.holds_back() && std::chrono::steady_clock::now() < deadline)
                std::this_thread::sleep_for(std::chrono::milliseconds(5));
            signalled = std::chrono::steady_clock::now();
            place.interruption.request(SIGTERM);
        });
        EXPECT_THROW(transfer(), Interrupted);
        return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - signalled);
    }
};

struct S3RandomTrouble : S3Trouble {
    TroubleProxy random_proxy{Radosgw::shared().port(), GetParam()};
    S3Place random_place{random_proxy.endpoint()};
    std::unique_ptr<Store> random_store = random_place.open();

    void SetUp() override { random_proxy.set(TroubleProxy::Mode::random); }
};

TEST_P(S3RandomTrouble, LeavesObjectsCompleteAndEqual) {
    const std::string bytes = varied_bytes(40 * k_mebibyte + 7, GetParam());
    put(*random_store, "rp/1/big", bytes);
    EXPECT_TRUE(read_all(*random_store, "rp/1/big") == bytes);
    EXPECT_EQ(random_store->list("rp/"), (Keys{"1/big"}));
    EXPECT_GT(random_proxy.troubles(), 3);
}

TEST_P(S3RandomTrouble, LeavesKeysWrittenOnceAndByWhomWasToldSo) {
    Keys wanted;
    for (int i = 10; i < 22; ++i) {
        const std::string key = std::to_string(i);
        wanted.push_back(key);
        EXPECT_TRUE(random_store->create("good/" + key, "first")) << key;
        EXPECT_FALSE(random_store->create("good/" + key, "first")) << key;
        EXPECT_EQ(random_store->get("good/" + key), "first") << key;
        // Every request on a connection of its own, so that each may meet trouble.
        random_store = random_place.open();
    }
    EXPECT_EQ(random_store->list("good/"), wanted);
    random_store->remove("good/");
    EXPECT_EQ(random_store->list(""), Keys{});
}

INSTANTIATE_TEST_SUITE_P(Seeds, S3RandomTrouble, testing::Values(1U, 2U));

TEST_F(S3Trouble, DoesNotMakeAWriterLoseToItself) {
    ASSERT_TRUE(store->create("a/first", "1")) << "from here on the service is known, and a connection is open";
    proxy.lose_answer_to("/a/b ");
    EXPECT_TRUE(store->create("a/b", "ours"));
    EXPECT_FALSE(proxy.has_one_to_lose());
    EXPECT_FALSE(store->create("a/b", "ours"));
    proxy.lose_answer_to("/a/b ");
    EXPECT_FALSE(store->create("a/b", "ours")) << "equal bytes are no proof: another wrote them";
}

TEST_F(S3Trouble, DoesNotMakeACompleteUploadFail) {
    const std::string bytes = varied_bytes(12 * k_mebibyte);
    for (const char* request : {"?uploads=", "partNumber=1&", "partNumber=2&", "a?uploadId="}) {
        proxy.lose_answer_to(request);
        put(*store, "rp/1/a", bytes);
        EXPECT_FALSE(proxy.has_one_to_lose()) << request;
        EXPECT_TRUE(read_all(*store, "rp/1/a") == bytes) << request;
    }
}

TEST_F(S3Trouble, OfAStalledUploadEndsWithinASecondOfASignal) {
    const std::string bytes = varied_bytes(20 * k_mebibyte);
    const auto object = store->write("rp/1/a");
    object->write(bytes);
    EXPECT_LT(ends_after_a_signal([&] { object->finish(); }), std::chrono::seconds(1));
}

TEST_F(S3Trouble, OfAStalledDownloadEndsWithinASecondOfASignal) {
    put(*store, "rp/1/a", varied_bytes(40 * k_mebibyte));
    const auto object = store->read("rp/1/a");
    EXPECT_LT(ends_after_a_signal([&] {
                  while (!object->read().empty()) continue;
              }),
              std::chrono::seconds(1));
}

TEST_F(S3Trouble, OfAStalledUploadHoldsUpNobodyWhoGivesItUpAtASignal) {
    auto object = store->write("rp/1/a");
    object->write(varied_bytes(20 * k_mebibyte));
    EXPECT_LT(ends_after_a_signal([&] {
                  try {
                      object->finish();
                  } catch (...) {
                      object.reset();
                      throw;
                  }
              }),
              std::chrono::milliseconds(1'500));
}

TEST_F(S3Trouble, OfAServiceThatIsGoneIsNotWaitedForAfterASignal) {
    int attempts = 0;
    {
        TroubleProxy gone(1, 1);  // nobody listens behind it
        S3Place nowhere(gone.endpoint(), {{"AWS_ACCESS_KEY_ID", "some"}, {"AWS_SECRET_ACCESS_KEY", "some-key"}});
        gone.set(TroubleProxy::Mode::random);
        std::chrono::steady_clock::time_point signalled;
        std::jthread other([&] {
            const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
            while (gone.troubles() < 3 && std::chrono::steady_clock::now() < deadline)
                std::this_thread::sleep_for(std::chrono::milliseconds(5));
            signalled = std::chrono::steady_clock::now();
            nowhere.interruption.request(SIGINT);
        });
        EXPECT_THROW(nowhere.open()->get("a"), Interrupted);
        EXPECT_LT(std::chrono::steady_clock::now() - signalled, std::chrono::seconds(1));
        attempts = gone.troubles();
    }
    EXPECT_EQ(attempts, 3);
}

}  // namespace
}  // namespace lastgood
