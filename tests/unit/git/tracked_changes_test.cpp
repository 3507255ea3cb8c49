#include "sandbox.hpp"

namespace lastgood::test {

using Paths = std::vector<std::string>;

TEST(ACleanTree, HasNoTrackedChanges) {
    Sandbox box;
    EXPECT_EQ(box.repository().tracked_changes(), Paths{});
}

TEST(ACleanTree, MayHoldUntrackedAndIgnoredFiles) {
    Sandbox box;
    box.run("cd app; echo x > new.txt; echo x > build.log; mkdir dir; echo x > dir/file");
    EXPECT_EQ(box.repository().tracked_changes(), Paths{});
}

TEST(ADirtyTree, IsOneWithAnUnstagedChange) {
    Sandbox box;
    box.run("cd app; echo changed > src/app.txt");
    EXPECT_EQ(box.repository().tracked_changes(), (Paths{"src/app.txt"}));
}

TEST(ADirtyTree, IsOneWithAStagedChange) {
    Sandbox box;
    box.run("cd app; echo changed > src/app.txt; echo x > added.txt; git add .");
    EXPECT_EQ(box.repository().tracked_changes(), (Paths{"added.txt", "src/app.txt"}));
}

TEST(ADirtyTree, IsOneWhoseStagedChangeWasTakenBackInTheWorkTreeOnly) {
    Sandbox box;
    box.run("cd app; echo changed > src/app.txt; git add .; echo two > src/app.txt");
    EXPECT_EQ(box.repository().tracked_changes(), (Paths{"src/app.txt"}));
}

TEST(ADirtyTree, IsOneWithADeletedFileOrAnotherMode) {
    Sandbox box;
    box.run("cd app; rm .gitignore; chmod +x src/app.txt");
    EXPECT_EQ(box.repository().tracked_changes(), (Paths{".gitignore", "src/app.txt"}));
}

TEST(ADirtyTree, NamesNoMoreFilesThanAskedFor) {
    Sandbox box;
    box.run("cd app; for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo x > f$i; done; git add .");
    EXPECT_EQ(box.repository().tracked_changes().size(), 10U);
    EXPECT_EQ(box.repository().tracked_changes(3).size(), 3U);
}

TEST(ADirtyTree, IsNotMadeByASubmoduleThatIsNotCheckedOut) {
    Sandbox box;
    box.run(
        "cd app; git -c protocol.file.allow=always submodule --quiet add $PWD/../other sub; git commit -q -m sub;"
        "rm -rf sub; mkdir sub");
    EXPECT_EQ(box.repository().tracked_changes(), Paths{});
}

TEST(LookingAtTheTree, DoesNotChangeTheRepository) {
    Sandbox box;
    box.run("cd app; echo changed > src/app.txt; touch .gitignore");
    const auto before = box.run("cd app; find .git -type f | sort | xargs sha256sum");
    box.repository().tracked_changes();
    box.repository().resolve("HEAD");
    EXPECT_EQ(box.run("cd app; find .git -type f | sort | xargs sha256sum"), before);
}

}  // namespace lastgood::test
