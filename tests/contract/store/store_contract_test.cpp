#include "s3_place.hpp"

#include <atomic>
#include <functional>
#include <thread>

#include <gtest/gtest.h>

namespace lastgood {

namespace {

struct StoreKind {
    std::string name;
    std::function<std::unique_ptr<StorePlace>()> make;
};

}  // namespace

/// What every store promises, whatever it is made of.
class StoreContract : public testing::TestWithParam<StoreKind> {
  protected:
    std::unique_ptr<StorePlace> place = GetParam().make();
    std::unique_ptr<Store> store = place->open();
};

TEST_P(StoreContract, HasNothingAtFirst) {
    EXPECT_EQ(store->get("shop/production/good/000001.json"), std::nullopt);
    EXPECT_EQ(store->list("shop/"), Keys{});
    EXPECT_EQ(store->list_parts("shop/"), Keys{});
    EXPECT_EQ(store->list(""), Keys{});
    store->remove("shop/production/nothing");
    store->remove("shop/");
    EXPECT_EQ(store->remove_litter(), 0);
}

TEST_P(StoreContract, SaysThatItCanBeWrittenWithoutWriting) {
    EXPECT_EQ(store->why_not_writable(), std::nullopt);
    EXPECT_EQ(store->list(""), Keys{});
    EXPECT_TRUE(store->create("a/b", "c"));
    EXPECT_EQ(store->why_not_writable(), std::nullopt);
}

TEST_P(StoreContract, GivesBackEveryByte) {
    std::string bytes;
    for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
    EXPECT_TRUE(store->create("a/every-byte", bytes));
    EXPECT_TRUE(store->create("a/nothing", ""));
    EXPECT_EQ(place->open()->get("a/every-byte"), bytes);
    EXPECT_EQ(place->open()->get("a/nothing"), "");
}

TEST_P(StoreContract, WritesAKeyOnce) {
    EXPECT_TRUE(store->create("a/b", "first"));
    EXPECT_FALSE(place->open()->create("a/b", "second"));
    EXPECT_EQ(store->get("a/b"), "first");
}

TEST_P(StoreContract, WritesARemovedKeyAgain) {
    ASSERT_TRUE(store->create("a/b", "first"));
    store->remove("a/b");
    EXPECT_EQ(store->get("a/b"), std::nullopt);
    EXPECT_TRUE(store->create("a/b", "second"));
    EXPECT_EQ(store->get("a/b"), "second");
}

TEST_P(StoreContract, LetsOneOfManyAtTheSameInstantWin) {
    constexpr int k_rounds = 40;
    constexpr int k_writers = 8;
    for (int round = 0; round < k_rounds; ++round) {
        const std::string key = "race/" + std::to_string(round);
        std::atomic<int> ready{0};
        std::atomic<int> winner{-1};
        std::atomic<int> wins{0};
        {
            std::vector<std::jthread> writers;
            writers.reserve(k_writers);
            for (int i = 0; i < k_writers; ++i)
                writers.emplace_back([&, i] {
                    const auto own = place->open();
                    ++ready;
                    while (ready < k_writers) std::this_thread::yield();
                    if (!own->create(key, "by " + std::to_string(i))) return;
                    winner = i;
                    ++wins;
                });
        }
        ASSERT_EQ(wins, 1) << key;
        ASSERT_EQ(store->get(key), "by " + std::to_string(winner));
    }
    EXPECT_EQ(store->list("race/").size(), static_cast<std::size_t>(k_rounds));
}

TEST_P(StoreContract, NeverShowsAKeyBeforeItIsWhole) {
    const std::string bytes(200'000, 'x');
    std::atomic<bool> written{false};
    std::jthread writer([&] {
        place->open()->create("a/big", bytes);
        written = true;
    });
    for (bool last = false; !last;) {
        last = written;
        const auto seen = store->get("a/big");
        ASSERT_TRUE(!seen || *seen == bytes);
        for (const auto& key : store->list("")) ASSERT_EQ(key, "a/big");
    }
    EXPECT_EQ(store->get("a/big"), bytes);
}

TEST_P(StoreContract, ListsKeysBelowAPrefixInOrder) {
    for (const char* key : {"s/p/b/2", "s/p/a", "s/p/b/10", "s/p-2/x", "s/q/y"}) ASSERT_TRUE(store->create(key, "1"));
    EXPECT_EQ(store->list("s/p/"), (Keys{"a", "b/10", "b/2"}));
    EXPECT_EQ(store->list("s/p/b/"), (Keys{"10", "2"}));
    EXPECT_EQ(store->list(""), (Keys{"s/p-2/x", "s/p/a", "s/p/b/10", "s/p/b/2", "s/q/y"}));
}

TEST_P(StoreContract, ListsThePartsThatHaveKeysBelowThem) {
    for (const char* key : {"s/p/b/2", "s/p/a", "s/q/y", "s/gone/z"}) ASSERT_TRUE(store->create(key, "1"));
    store->remove("s/gone/z");
    EXPECT_EQ(store->list_parts("s/"), (Keys{"p", "q"}));
    EXPECT_EQ(store->list_parts("s/p/"), (Keys{"b"}));
    EXPECT_EQ(store->list_parts(""), (Keys{"s"}));
}

TEST_P(StoreContract, RemovesEverythingBelowAPrefixAndNothingElse) {
    for (const char* key : {"s/p/b/2", "s/p/a", "s/p-2/x"}) ASSERT_TRUE(store->create(key, "1"));
    store->remove("s/p/");
    EXPECT_EQ(store->list(""), (Keys{"s/p-2/x"}));
}

TEST_P(StoreContract, RefusesWhatIsNoKey) {
    for (const char* key :
         {"", "/", "/a", "a//b", "a/../b", "..", ".", "a/.hidden", ".staging/x", "a b", "a\n", "ä", "a\\b"}) {
        EXPECT_THROW(store->get(key), StoreError) << key;
        EXPECT_THROW(store->create(key, "1"), StoreError) << key;
    }
    for (const char* key : {"/", "../", "a/../", "a//", ".staging/"}) {
        EXPECT_THROW(store->remove(key), StoreError) << key;
        EXPECT_THROW(store->list(key), StoreError) << key;
        EXPECT_THROW(store->settle(key), StoreError) << key;
    }
    EXPECT_THROW(store->list("a"), StoreError);
    EXPECT_THROW(store->get(std::string("a\0b", 3)), StoreError);
}

TEST_P(StoreContract, ShowsObjectsOnceTheyAreFinished) {
    const auto object = store->write("rp/1/dump/1.dat");
    object->write(std::string(300'000, 'y'));
    object->write("z");
    EXPECT_EQ(store->list(""), Keys{});
    EXPECT_EQ(store->list_parts(""), Keys{});
    object->finish();
    put(*store, "rp/1/toc.dat", "");
    store->settle("rp/1/");
    EXPECT_EQ(store->list("rp/1/"), (Keys{"dump/1.dat", "toc.dat"}));
    EXPECT_EQ(read_all(*place->open(), "rp/1/dump/1.dat"), std::string(300'000, 'y') + "z");
    EXPECT_EQ(read_all(*store, "rp/1/toc.dat"), "");
}

TEST_P(StoreContract, ForgetsAnObjectThatWasNotFinished) {
    store->write("rp/1/half")->write("1");
    put(*store, "rp/1/whole", "1");
    store->settle("rp/1/");
    EXPECT_EQ(store->list(""), (Keys{"rp/1/whole"}));
    EXPECT_THROW(store->read("rp/1/half"), StoreError);
}

TEST_P(StoreContract, ReplacesAnObject) {
    put(*store, "rp/1/a", "old");
    put(*store, "rp/1/a", "new");
    EXPECT_EQ(read_all(*store, "rp/1/a"), "new");
}

TEST_P(StoreContract, WritesSeveralObjectsAtATime) {
    constexpr int k_writers = 8;
    std::vector<std::thread> writers;
    writers.reserve(k_writers);
    for (int i = 0; i < k_writers; ++i)
        writers.emplace_back([&, i] { put(*store, "rp/1/" + std::to_string(i), std::string(100'000, 'a')); });
    for (auto& writer : writers) writer.join();
    EXPECT_EQ(store->list("rp/1/").size(), 8U);
}

TEST_P(StoreContract, KnowsWhenSomethingWasChangedLast) {
    EXPECT_EQ(store->last_change("rp/1/"), std::nullopt);
    put(*store, "rp/1/a", "1");
    const auto changed = store->last_change("rp/1/");
    ASSERT_TRUE(changed);
    EXPECT_LT(*changed - now(), std::chrono::minutes(1));
    EXPECT_LT(now() - *changed, std::chrono::minutes(1));
}

TEST_P(StoreContract, LeavesAloneWhatIsBeingWritten) {
    const auto object = store->write("rp/1/a");
    object->write("1");
    EXPECT_EQ(store->remove_litter(), 0);
    object->finish();
    EXPECT_EQ(read_all(*store, "rp/1/a"), "1");
}

INSTANTIATE_TEST_SUITE_P(Stores, StoreContract,
                         testing::Values(StoreKind{"Directory", [] { return std::make_unique<DirectoryPlace>(); }},
                                         StoreKind{"S3", [] { return std::make_unique<S3Place>(); }}),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace lastgood
