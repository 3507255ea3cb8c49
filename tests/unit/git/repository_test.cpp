#include "git/repository.hpp"

#include "sandbox.hpp"

#include <algorithm>
#include <sstream>
#include <unistd.h>

namespace lastgood::test {

TEST(ARepository, IsFoundFromADirectoryInsideIt) {
    Sandbox box;
    EXPECT_EQ(Repository::open(box.path("app/src")).work_tree(), std::filesystem::canonical(box.path("app")));
}

TEST(ARepository, IsRefusedWhereThereIsNone) {
    Sandbox box;
    std::filesystem::create_directory(box.path("empty"));
    EXPECT_PRED2(says, refusal_of([&] { Repository::open(box.path("empty")); }), "no git repository at");
    EXPECT_PRED2(says, refusal_of([&] { Repository::open(box.path("absent")); }), "no git repository at");
}

TEST(ARepository, IsRefusedWithoutAWorkTree) {
    Sandbox box;
    EXPECT_PRED2(says, refusal_of([&] { Repository::open(box.path("remote.git")); }), "is bare");
}

TEST(ARepository, IsRefusedWithoutACommit) {
    Sandbox box;
    box.run("git init -q fresh");
    EXPECT_PRED2(says, refusal_of([&] { Repository::open(box.path("fresh")); }), "has no commit");
}

TEST(ARepository, OfAnotherUserIsOpenedAsCiNeedsIt) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
    Sandbox box;
    box.run("chown -R 65534 app");
    EXPECT_EQ(box.repository().resolve("HEAD"), box.revision("HEAD", "other"));
}

TEST(ASpec, IsResolvedWhateverItNames) {
    Sandbox box;
    const auto good = box.revision("good");
    box.run("cd app; git tag -a -m annotated annotated good; git branch stable good");
    for (const auto& spec : {std::string("good"), std::string("annotated"), std::string("stable"),
                             std::string("HEAD~1"), good.commit, good.commit.substr(0, 8)})
        EXPECT_EQ(box.repository().resolve(spec), good) << spec;
    EXPECT_EQ(box.repository().resolve("HEAD"), box.revision("bad"));
    EXPECT_EQ(box.repository().resolve("main"), box.revision("bad"));
    EXPECT_EQ(box.repository().resolve("origin/main"), box.revision("bad"));
}

TEST(ASpec, ThatIsUnknownIsRefusedByName) {
    Sandbox box;
    for (const std::string spec : {"nonsense", "0123456789012345678901234567890123456789", "", "a..b"})
        EXPECT_PRED2(says, refusal_of([&] { box.repository().resolve(spec); }), "unknown revision \"" + spec + "\"");
}

TEST(ASpec, ThatNamesAFileIsRefused) {
    Sandbox box;
    EXPECT_PRED2(says, refusal_of([&] { box.repository().resolve("HEAD:src/app.txt"); }), "does not name a commit");
}

TEST(ASpec, ThatFitsTwoCommitsIsRefusedAsAmbiguous) {
    Sandbox box;
    // Among 1500 commits about 17 pairs share their first four digits.
    const auto prefix = box.run(R"(cd app
for i in $(seq 1500); do
    printf 'commit refs/heads/many\ncommitter S <s@s> %d +0000\ndata 1\nx\nfrom good^0\n\n' $i
done | git fast-import --quiet --force
git cat-file --batch-all-objects --batch-check='%(objecttype) %(objectname)' > objects
sed -n 's/^commit \(....\).*/\1/p' objects | sort | uniq -d | sed -n 1p)");
    EXPECT_PRED2(says, refusal_of([&] { box.repository().resolve(prefix); }),
                 "revision \"" + prefix + "\" is ambiguous");
}

TEST(ASpec, ThatAShallowCloneLacksIsRefusedWithTheReason) {
    Sandbox box;
    box.run("git clone -q --depth 1 file://$PWD/remote.git shallow");
    const auto good = box.revision("good");
    EXPECT_TRUE(box.repository("shallow").is_shallow());
    EXPECT_EQ(box.repository("shallow").resolve("HEAD"), box.revision("bad"));
    EXPECT_PRED2(says, refusal_of([&] { box.repository("shallow").resolve(good.commit); }), "fetch-depth: 0");
    EXPECT_FALSE(box.repository().is_shallow());
}

TEST(TheCurrentBranch, IsTheOneCheckedOut) {
    Sandbox box;
    EXPECT_EQ(box.repository().current_branch(), "main");
    box.run("git -C app checkout -q -b feature/nested");
    EXPECT_EQ(box.repository().current_branch(), "feature/nested");
}

TEST(TheCurrentBranch, IsNoneWhenHeadIsDetached) {
    Sandbox box;
    box.run("git -C app checkout -q --detach");
    EXPECT_EQ(box.repository().current_branch(), std::nullopt);
    EXPECT_EQ(box.repository().resolve("HEAD"), box.revision("bad"));
}

TEST(ARemotesUrl, IsShownWithoutCredentials) {
    Sandbox box;
    box.run("git -C app remote add hub https://x-access-token:s3cret@example.org/app.git");
    EXPECT_EQ(box.repository().remote_url("hub"), "https://example.org/app.git");
    EXPECT_EQ(box.repository().remote_url("origin"), box.path("remote.git").string());
    EXPECT_EQ(box.repository().remote_url("absent"), std::nullopt);
}

TEST(ACheckout, SaysWhatItsRemotesAreAndWhichBranchIsTheirs) {
    Sandbox box;
    box.run("git -C app remote add hub https://example.org/app.git; git -C app remote set-head origin main");
    EXPECT_EQ(box.repository().remotes(), (std::vector<std::string>{"hub", "origin"}));
    EXPECT_EQ(box.repository().default_branch("origin"), "main");
    EXPECT_EQ(box.repository().default_branch("hub"), std::nullopt);
    EXPECT_EQ(box.repository().default_branch("absent"), std::nullopt);
}

TEST(ACheckout, TracksWhatIsInItsIndex) {
    Sandbox box;
    box.run("cd app; mkdir -p new; echo x > 'new/a b'; echo x > untracked; git add new");
    const auto files = box.repository().tracked_files();
    std::istringstream listed(box.run("git -C app -c core.quotepath=off ls-files"));
    std::vector<std::string> expected;
    for (std::string line; std::getline(listed, line);) expected.push_back(line);
    EXPECT_EQ(files, expected);
    EXPECT_NE(std::find(files.begin(), files.end(), "new/a b"), files.end());
}

TEST(APrintableUrl, HasNoPlaceForASecret) {
    EXPECT_EQ(Repository::printable_url("https://token@host:8443/a.git"), "https://host:8443/a.git");
    EXPECT_EQ(Repository::printable_url("http://u:p@ss@host/a@b.git"), "http://host/a@b.git");
    EXPECT_EQ(Repository::printable_url("https://host/a.git"), "https://host/a.git");
    EXPECT_EQ(Repository::printable_url("ssh://git:pw@host:22/a.git"), "ssh://git@host:22/a.git");
    EXPECT_EQ(Repository::printable_url("ssh://git@host:22/a.git"), "ssh://git@host:22/a.git");
    EXPECT_EQ(Repository::printable_url("git@host:a.git"), "git@host:a.git");
    EXPECT_EQ(Repository::printable_url("/srv/a@b.git"), "/srv/a@b.git");
    EXPECT_EQ(Repository::printable_url("https://u:p@host"), "https://host");
}

}  // namespace lastgood::test
