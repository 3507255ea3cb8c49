#include "http_remote.hpp"

namespace lastgood::test {

namespace {

struct AnHttpRemote : ::testing::Test {
    Sandbox box;
    HttpRemote server{box};

    AnHttpRemote() { box.run("git -C app remote set-url origin " + server.url()); }
};

}  // namespace

TEST_F(AnHttpRemote, TakesARevertWithTheToken) {
    auto branch = box.branch("app", "t0ken");
    EXPECT_EQ(branch.head(), box.revision("bad"));
    const auto outcome = branch.push_revert(box.revision("good"), "Return");
    EXPECT_TRUE(outcome.done) << outcome.refusal;
    EXPECT_EQ(box.remote_tree(), box.revision("good").tree);
    EXPECT_EQ(box.run("git -C remote.git rev-parse main^"), box.revision("bad").commit);
}

TEST_F(AnHttpRemote, TakesAResetAndAGoodRef) {
    auto branch = box.branch("app", "t0ken");
    const auto good = box.revision("good");
    EXPECT_EQ(branch.push_reset(good).refusal, "");
    EXPECT_EQ(box.remote_head(), good.commit);
    EXPECT_EQ(branch.push_ref("refs/lastgood/production", good.commit).refusal, "");
    EXPECT_EQ(read_remote_ref(box.repository(), "origin", "refs/lastgood/production", Secret("t0ken")), good.commit);
}

TEST_F(AnHttpRemote, WhoseHookDeclinesIsNotTakenForDone) {
    for (const std::string hook : {"pre-receive", "update"}) {
        box.run("rm -f remote.git/hooks/*");
        box.hook(hook, "echo production is frozen >&2; exit 1");
        auto branch = box.branch("app", "t0ken");
        for (const auto& outcome :
             {branch.push_revert(box.revision("good"), "Return"), branch.push_reset(box.revision("good"))}) {
            EXPECT_FALSE(outcome.done);
            EXPECT_PRED3(says_both, outcome.refusal, "declined", "production is frozen");
        }
        EXPECT_EQ(box.remote_head(), box.revision("bad").commit);
    }
}

TEST_F(AnHttpRemote, WhoseSettingsForbidAResetSaysSo) {
    box.run("git -C remote.git config receive.denyNonFastForwards true");
    EXPECT_PRED2(says, box.branch("app", "t0ken").push_reset(box.revision("good")).refusal, "non-fast-forward");
    EXPECT_EQ(box.remote_head(), box.revision("bad").commit);
}

TEST_F(AnHttpRemote, LeavesABranchAloneThatMoved) {
    auto branch = box.branch("app", "t0ken");
    box.somebody_pushes();
    const auto theirs = box.remote_head();
    EXPECT_EQ(branch.push_revert(box.revision("good"), "Return").refusal, "the branch moved to " + theirs);
    EXPECT_EQ(branch.push_reset(box.revision("good")).refusal, "the branch moved to " + theirs);
    EXPECT_EQ(box.remote_head(), theirs);
}

TEST_F(AnHttpRemote, LeavesABranchAloneThatMovesWhileItIsPushed) {
    auto branch = box.branch("app", "t0ken");
    box.run("git -C other commit -q --allow-empty -m faster; git -C other push -q origin HEAD:refs/heads/waiting");
    box.hook("pre-receive", "unset GIT_QUARANTINE_PATH; git update-ref refs/heads/main refs/heads/waiting");
    const auto theirs = box.run("git -C remote.git rev-parse waiting");
    EXPECT_EQ(branch.push_reset(box.revision("good")).refusal, "the branch moved to " + theirs);
    EXPECT_EQ(box.remote_head(), theirs);
}

TEST_F(AnHttpRemote, WithoutOrWithAWrongTokenIsRefused) {
    EXPECT_PRED3(says_both, refusal_of([&] { box.branch(); }), "asks for credentials", "git.token");
    EXPECT_PRED2(says, refusal_of([&] { box.branch("app", "wrong"); }), "credentials were not accepted");
}

}  // namespace lastgood::test
