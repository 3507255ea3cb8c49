#include "core/reference_name.hpp"

#include <gtest/gtest.h>

namespace lastgood {
namespace {

TEST(ReferenceNames, AreThoseThatGitTakes) {
    for (const char* name : {"main", "release/7", "a.b", "@", "feature@2",
                             "\xc3\xbc"
                             "ber",
                             "x-"})
        EXPECT_TRUE(is_branch_name(name)) << name;
    for (const char* name :
         {"",      "a..b", "a b", "a..b c", "/a", "a/", "a//b", ".a",   "a/.b", "a.lock", "a.lock/b", "a.",
          "a@{1}", "a~1",  "a^",  "a:b",    "a?", "a*", "a[b",  "a\\b", "a\tb", "a\x7f",  "-a",       "HEAD"})
        EXPECT_FALSE(is_branch_name(name)) << name;
}

TEST(ReferenceNames, AreGivenInFull) {
    EXPECT_TRUE(is_reference_name("refs/lastgood/production"));
    for (const char* name : {"lastgood/production", "refs/", "refs//x", "refs/a b", "refs"})
        EXPECT_FALSE(is_reference_name(name)) << name;
}

}  // namespace
}  // namespace lastgood
