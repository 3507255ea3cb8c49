#include "core/names.hpp"

#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

namespace lastgood {
namespace {

TEST(Names, HashAsFnvDoes) {
    EXPECT_EQ(name_hash(""), 0xcbf29ce484222325U);
    EXPECT_EQ(name_hash("a"), 0xaf63dc4c8601ec8cU);
    EXPECT_EQ(name_hash("foobar"), 0x85944171f73967e8U);
    EXPECT_EQ(short_hash("foobar"), "85944171");
    EXPECT_EQ(short_hash("foobar", 16), "85944171f73967e8");
    EXPECT_EQ(short_hash("foobar", 99), "85944171f73967e8");
}

TEST(Names, KeepADatabasesNameThatFits) {
    EXPECT_EQ(database_beside("shop", "rp7f3a"), "shop__lg_rp7f3a");
}

TEST(Names, AreHashedToFitSixtyThreeBytes) {
    const std::string fits(63 - 5 - 6, 'd');
    EXPECT_EQ(database_beside(fits, "rp7f3a"), fits + "__lg_rp7f3a");
    const std::string name(63, 'd');
    const std::string beside = database_beside(name, "rp7f3a");
    EXPECT_EQ(beside.size(), k_identifier_limit);
    EXPECT_TRUE(beside.ends_with("_" + short_hash(name) + "__lg_rp7f3a")) << beside;
    EXPECT_NE(beside, database_beside(name.substr(1) + "e", "rp7f3a"));
}

TEST(Names, AreNeverCutInsideACharacter) {
    std::string name;
    for (int i = 0; i < 21; ++i) name += "\u20ac";
    for (const std::string tag : {"a", "ab", "abc"}) {
        const std::string beside = database_beside(name, tag);
        EXPECT_LE(beside.size(), k_identifier_limit);
        const auto rest = beside.find_first_not_of("\u20ac");
        EXPECT_EQ(rest % 3, 0U) << beside;
        EXPECT_EQ(beside[rest], '_');
    }
}

TEST(Names, RefuseATagThatLeavesNoRoom) {
    EXPECT_LE(database_beside(std::string(63, 'd'), std::string(30, 't')).size(), k_identifier_limit);
    EXPECT_THROW(database_beside("shop", std::string(31, 't')), std::logic_error);
}

TEST(StoreKeyParts, AreSafeFileNamesThatNeverMeet) {
    EXPECT_EQ(store_key_part("production"), "production");
    EXPECT_EQ(store_key_part("eu-1.live_B"), "eu-1.live_B");
    EXPECT_EQ(store_key_part("a/b"), "a_b-" + short_hash("a/b"));
    EXPECT_NE(store_key_part("a/b"), store_key_part("a b"));
    for (const std::string name : {"", ".", "..", ".hidden", "../../etc"}) {
        const std::string part = store_key_part(name);
        EXPECT_TRUE(part.ends_with("-" + short_hash(name))) << part;
        EXPECT_EQ(part.find('/'), std::string::npos);
        EXPECT_NE(part.front(), '.');
    }
    EXPECT_LE(store_key_part(std::string(1000, 'x')).size(), 120U);
}

TEST(Spelling, OffersTheNearestWord) {
    const std::vector<std::string> words{"backup-capture", "migrate", "verify", "rollback"};
    EXPECT_EQ(edit_distance("kitten", "sitting"), 3);
    EXPECT_EQ(edit_distance("", "abc"), 3);
    EXPECT_EQ(nearest("migrat", words), "migrate");
    EXPECT_EQ(nearest("rolback", words), "rollback");
    EXPECT_EQ(nearest("zzzzzz", words), "");
}

}  // namespace
}  // namespace lastgood
