#include "git/remote_branch.hpp"

#include "sandbox.hpp"

namespace lastgood::test {

namespace {

std::string origin_of(const Sandbox& box, const std::string& url) {
    box.run("git -C app remote set-url origin '" + url + "'");
    return url;
}

}  // namespace

TEST(ABranch, IsReadFromAPathAndFromAFileUrl) {
    Sandbox box;
    const auto bad = box.revision("bad");
    EXPECT_EQ(box.branch().head(), bad);
    origin_of(box, "file://" + box.path("remote.git").string());
    EXPECT_EQ(box.branch().head(), bad);
}

TEST(ABranch, IsReadFromARelativePathAsGitReadsIt) {
    Sandbox box;
    origin_of(box, "../remote.git");
    EXPECT_EQ(box.branch().head(), box.revision("bad"));
    EXPECT_TRUE(box.branch().push_revert(box.revision("good"), "Return").done);
}

TEST(ABranch, KnowsItsHistoryAndNothingElse) {
    Sandbox box;
    box.run("cd app; git checkout -q -b side good; git commit -q --allow-empty -m side; git push -q origin side");
    const auto good = box.revision("good");
    const auto side = box.revision("side");
    const auto branch = box.branch();
    EXPECT_TRUE(branch.contains(good.commit));
    EXPECT_TRUE(branch.contains(branch.head().commit));
    EXPECT_EQ(branch.find(good.commit.substr(0, 10)), good);
    EXPECT_FALSE(branch.contains(side.commit));
    EXPECT_EQ(branch.find("nonsense"), std::nullopt);
    EXPECT_EQ(branch.find(std::string(40, '1')), std::nullopt);
    EXPECT_EQ(branch.message_of(good.commit), "The good release\n");
    EXPECT_PRED2(says, refusal_of([&] { branch.message_of(side.commit); }), "not in the history");
}

TEST(ABranch, IsReadAgainOnlyWhenAsked) {
    Sandbox box;
    auto branch = box.branch();
    const auto before = branch.head();
    box.somebody_pushes();
    EXPECT_EQ(branch.head(), before);
    branch.refresh();
    EXPECT_EQ(branch.head(), box.revision("main", "other"));
    EXPECT_TRUE(branch.contains(before.commit));
}

TEST(ABranch, ForgetsWhatWasForcedAway) {
    Sandbox box;
    auto branch = box.branch();
    const auto bad = box.revision("bad");
    box.run("git -C app push -q --force origin good:main");
    branch.refresh();
    EXPECT_EQ(branch.head(), box.revision("good"));
    EXPECT_FALSE(branch.contains(bad.commit));
}

TEST(ABranch, OfAMissingRemoteIsRefused) {
    Sandbox box;
    box.run("git -C app remote remove origin");
    EXPECT_PRED3(says_both, refusal_of([&] { box.branch(); }), "no remote named \"origin\"", "git remote add");
}

TEST(ABranch, ThatTheRemoteLacksIsRefused) {
    Sandbox box;
    box.run("git -C remote.git branch -m main trunk");
    EXPECT_PRED2(says, refusal_of([&] { box.branch(); }), "has no branch \"main\"");
}

TEST(ABranch, OfAnUnreachableRemoteIsRefusedWithoutShowingTheToken) {
    Sandbox box;
    origin_of(box, "http://user:s3cret@127.0.0.1:1/app.git");
    const auto said = refusal_of([&] { box.branch("app", "t0ken"); });
    EXPECT_PRED2(says, said, "cannot read from origin (http://127.0.0.1:1/app.git): failed to connect");
    EXPECT_FALSE(says(refusal_of([&] { box.branch(); }), "s3cret"));
    origin_of(box, box.path("gone.git").string());
    EXPECT_PRED2(says, refusal_of([&] { box.branch(); }), "cannot read from origin");
}

TEST(ARevert, PutsACommitWithTheGoodTreeOnTheBranch) {
    Sandbox box;
    auto branch = box.branch();
    const auto outcome = branch.push_revert(box.revision("good"), "Return to the good release\n\n[skip ci]\n");
    EXPECT_TRUE(outcome.done) << outcome.refusal;
    EXPECT_EQ(box.remote_tree(), box.revision("good").tree);
    EXPECT_EQ(box.run("git -C remote.git rev-parse main^"), box.revision("bad").commit);
    EXPECT_EQ(branch.head().commit, box.remote_head());
    EXPECT_EQ(box.run("git -C remote.git log -1 --format=%B main"), "Return to the good release\n\n[skip ci]\n");
    EXPECT_EQ(box.run("git -C remote.git log -1 --format='%an <%ae>, %cn' main"),
              "lastgood <lastgood@localhost>, lastgood");
    EXPECT_EQ(box.run("git -C remote.git fsck --strict 2>&1"), "");
}

TEST(ARevert, IsSignedByTheUserOfTheCheckoutWhereItNamesOne) {
    Sandbox box;
    box.run("cd app; git config user.name 'A Person'; git config user.email person@example.org");
    EXPECT_TRUE(box.branch().push_revert(box.revision("good"), "Return").done);
    EXPECT_EQ(box.run("git -C remote.git log -1 --format='%an <%ae>' main"), "A Person <person@example.org>");
}

TEST(ARevert, WorksFromAShallowAndDetachedClone) {
    Sandbox box;
    box.run("git clone -q --depth 1 file://$PWD/remote.git shallow; git -C shallow checkout -q --detach");
    auto branch = box.branch("shallow");
    const auto good = branch.find(box.revision("good").commit);
    ASSERT_TRUE(good);
    EXPECT_TRUE(branch.push_revert(*good, "Return").done);
    EXPECT_EQ(box.remote_tree(), box.revision("good").tree);
}

TEST(ARevert, OfACommitThatTheBranchNeverHeldIsRefused) {
    Sandbox box;
    box.run("cd app; git checkout -q -b local good; git commit -q --allow-empty -m local");
    auto branch = box.branch();
    EXPECT_PRED2(says, refusal_of([&] { branch.push_revert(box.revision("local"), "Return"); }), "not in the history");
    auto mixed = box.revision("good");
    mixed.tree = box.revision("bad").tree;
    EXPECT_PRED2(says, refusal_of([&] { branch.push_revert(mixed, "Return"); }), "does not hold tree");
    EXPECT_EQ(box.remote_head(), box.revision("bad").commit);
}

TEST(ARevert, LeavesABranchAloneThatMovedOn) {
    Sandbox box;
    auto branch = box.branch();
    box.somebody_pushes();
    const auto theirs = box.remote_head();
    const auto outcome = branch.push_revert(box.revision("good"), "Return");
    EXPECT_FALSE(outcome.done);
    EXPECT_EQ(outcome.refusal, "the branch moved to " + theirs);
    EXPECT_EQ(box.remote_head(), theirs);
}

TEST(AReset, SetsTheBranchToTheGoodCommit) {
    Sandbox box;
    auto branch = box.branch();
    const auto outcome = branch.push_reset(box.revision("good"));
    EXPECT_TRUE(outcome.done) << outcome.refusal;
    EXPECT_EQ(box.remote_head(), box.revision("good").commit);
    EXPECT_EQ(branch.head(), box.revision("good"));
}

TEST(AReset, LeavesABranchAloneThatMovedOn) {
    Sandbox box;
    auto branch = box.branch();
    box.somebody_pushes();
    const auto theirs = box.remote_head();
    EXPECT_EQ(branch.push_reset(box.revision("good")).refusal, "the branch moved to " + theirs);
    EXPECT_EQ(box.remote_head(), theirs);
}

TEST(AReset, LeavesABranchAloneThatMovesWhileItIsPushed) {
    Sandbox box;
    auto branch = box.branch();
    box.run("git -C other commit -q --allow-empty -m faster; git -C other push -q origin HEAD:refs/heads/waiting");
    box.hook("pre-receive", "unset GIT_QUARANTINE_PATH; git update-ref refs/heads/main refs/heads/waiting");
    const auto theirs = box.run("git -C remote.git rev-parse waiting");
    EXPECT_EQ(branch.push_reset(box.revision("good")).refusal, "the branch moved to " + theirs);
    EXPECT_EQ(box.remote_head(), theirs);
}

TEST(APush, ThatAHookDeclinesIsSaidInTheHooksWords) {
    for (const std::string hook : {"pre-receive", "update"}) {
        Sandbox box;
        box.hook(hook, "echo production is frozen >&2; exit 1");
        auto branch = box.branch();
        for (const auto& outcome :
             {branch.push_revert(box.revision("good"), "Return"), branch.push_reset(box.revision("good"))}) {
            EXPECT_FALSE(outcome.done);
            EXPECT_PRED3(says_both, outcome.refusal, "declined", "production is frozen");
        }
        EXPECT_EQ(box.remote_head(), box.revision("bad").commit);
        EXPECT_EQ(branch.head(), box.revision("bad"));
    }
}

TEST(APush, ThatTheRemotesSettingsForbidIsSaid) {
    Sandbox box;
    box.run("git -C remote.git config receive.denyNonFastForwards true");
    auto branch = box.branch();
    EXPECT_PRED2(says, branch.push_reset(box.revision("good")).refusal, "non-fast-forward");
    EXPECT_EQ(box.remote_head(), box.revision("bad").commit);
    EXPECT_TRUE(branch.push_revert(box.revision("good"), "Return").done);
}

TEST(APush, IntoACheckedOutBranchIsSaid) {
    Sandbox box;
    origin_of(box, box.path("other").string());
    EXPECT_PRED2(says, box.branch().push_revert(box.revision("good"), "Return").refusal, "currently checked out");
}

TEST(APush, ThatAHookSilentlyUndoesDoesNotCountAsDone) {
    Sandbox box;
    box.hook("post-receive", "git update-ref refs/lastgood/production refs/heads/main");
    auto branch = box.branch();
    const auto outcome = branch.push_ref("refs/lastgood/production", box.revision("good").commit);
    EXPECT_FALSE(outcome.done);
    EXPECT_PRED2(says, outcome.refusal, "refs/lastgood/production is at " + box.revision("bad").commit);
}

TEST(APush, ToARemoteThatHasGoneAwayIsSaid) {
    Sandbox box;
    auto branch = box.branch();
    box.run("mv remote.git elsewhere.git");
    const auto good = box.revision("good");
    EXPECT_PRED2(says, branch.push_revert(good, "Return").refusal, "cannot read from origin");
    EXPECT_PRED2(says, branch.push_ref("refs/lastgood/production", good.commit).refusal, "cannot read from origin");
}

TEST(APush, GoesWhereThePushUrlPoints) {
    Sandbox box;
    box.run("git clone -q --mirror remote.git second.git; git -C app remote set-url --push origin $PWD/second.git");
    EXPECT_TRUE(box.branch().push_reset(box.revision("good")).done);
    EXPECT_EQ(box.run("git -C second.git rev-parse main"), box.revision("good").commit);
    EXPECT_EQ(box.remote_head(), box.revision("bad").commit);
}

TEST(AGoodRef, IsMadeAndMovedForwardAndBack) {
    Sandbox box;
    const std::string ref = "refs/lastgood/production";
    const auto read = [&] { return read_remote_ref(box.repository(), "origin", ref, Secret()); };
    auto branch = box.branch();
    EXPECT_EQ(read(), std::nullopt);
    for (const std::string spec : {"good", "bad", "good"}) {
        const auto commit = box.revision(spec).commit;
        const auto outcome = branch.push_ref(ref, commit);
        EXPECT_TRUE(outcome.done) << outcome.refusal;
        EXPECT_EQ(read(), commit);
    }
}

TEST(ARemoteRef, IsReadFromAShallowClone) {
    Sandbox box;
    box.run("git clone -q --depth 1 file://$PWD/remote.git shallow");
    EXPECT_EQ(read_remote_ref(box.repository("shallow"), "origin", "refs/heads/main", Secret()), box.remote_head());
    EXPECT_EQ(read_remote_ref(box.repository("shallow"), "origin", "refs/heads/absent", Secret()), std::nullopt);
}

TEST(ARemoteRef, OfAMissingRemoteIsRefused) {
    Sandbox box;
    EXPECT_PRED2(says, refusal_of([&] { read_remote_ref(box.repository(), "upstream", "refs/heads/main", Secret()); }),
                 "no remote named \"upstream\"");
}

}  // namespace lastgood::test
