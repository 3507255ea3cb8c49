#include "record/good_releases.hpp"

#include "outside/files.hpp"
#include "record_place.hpp"

#include <gtest/gtest.h>

namespace lastgood {

using test::k_scope;

class GoodReleasesTest : public testing::Test {
  protected:
    static GoodRelease release(const std::string& run) {
        return {0, {"c-" + run, "t-" + run}, {{"0001", "0002"}, "f00d"}, run, "2026-11-22T15:00:00Z"};
    }
    test::RecordPlace place;
    GoodReleases releases{*place.store, k_scope};
};

TEST_F(GoodReleasesTest, AreNumberedInTheOrderInWhichTheyAreAdded) {
    EXPECT_FALSE(releases.newest());
    EXPECT_EQ(releases.add(release("adopted")), 1);
    EXPECT_EQ(releases.add(release("r1")), 2);
    EXPECT_EQ(releases.all().size(), 2U);
    const auto newest = releases.newest();
    ASSERT_TRUE(newest);
    EXPECT_EQ(newest->number, 2);
    EXPECT_EQ(newest->revision, (Revision{"c-r1", "t-r1"}));
    EXPECT_EQ(newest->schema, (SchemaState{{"0001", "0002"}, "f00d"}));
    EXPECT_EQ(newest->at, "2026-11-22T15:00:00Z");
    EXPECT_EQ(releases.get(1)->run, "adopted");
    EXPECT_FALSE(releases.get(3));
}

TEST_F(GoodReleasesTest, KeepTheTextOfTheirSchemaUnlessItIsAnothers) {
    GoodRelease good = release("r1");
    good.schema.fingerprint = sha256("create table t ();");
    good.number = releases.add(good, "create table t ();");
    EXPECT_EQ(releases.schema_text(good), "create table t ();");
    good.schema.fingerprint = sha256("create table other ();");
    EXPECT_FALSE(releases.schema_text(good));
    good.number = releases.add(good);
    EXPECT_FALSE(releases.schema_text(good));
    EXPECT_EQ(releases.all().size(), 2U);
}

TEST_F(GoodReleasesTest, AreFoundByTheirRun) {
    releases.add(release("r1"));
    releases.add(release("r2"));
    releases.add(release("r1"));
    EXPECT_EQ(releases.of_run("r1")->number, 3);
    EXPECT_EQ(releases.of_run("r2")->number, 2);
    EXPECT_FALSE(releases.of_run("r3"));
}

TEST_F(GoodReleasesTest, EachGetANumberOfTheirOwnInARace) {
    EXPECT_EQ(test::winners(place, 6,
                            [](Store& store, int number) {
                                return GoodReleases(store, k_scope).add(release("r" + std::to_string(number))) > 0;
                            }),
              6);
    EXPECT_EQ(releases.all().size(), 6U);
    EXPECT_EQ(releases.newest()->number, 6);
}

TEST_F(GoodReleasesTest, NameTheKeyOfRubbish) {
    ASSERT_TRUE(place.store->create("shop/production/good/000001.json", R"({"format":1,"revision":{}})"));
    const Failure failure = test::failure_of([&] { releases.newest(); });
    EXPECT_EQ(failure.code(), ExitCode::failed_clean);
    EXPECT_NE(failure.what_happened().find("shop/production/good/000001.json"), std::string::npos);
}

}  // namespace lastgood
