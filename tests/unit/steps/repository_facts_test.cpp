#include "steps/lastgood/repository_facts.hpp"

#include "made_up_checkout.hpp"
#include "steps/lastgood/platform_signs.hpp"

#include <gtest/gtest.h>

namespace lastgood::test {
namespace {

Checkout with_remotes(std::map<std::string, std::string> remotes) {
    Checkout checkout = checkout_of({});
    checkout.remotes = std::move(remotes);
    return checkout;
}

std::string said(const Told& told) {
    return told.value + " by " + told.by;
}

TEST(RepositoryFacts, NameTheApplicationByItsRemoteOrItsDirectory) {
    for (const std::string url : {"https://github.com/team/web-shop.git", "git@github.com:team/web-shop.git",
                                  "host:web-shop", "/srv/git/web-shop.git", "https://gitlab.example/a/b/web-shop/"})
        EXPECT_EQ(said(facts_of(with_remotes({{"origin", url}})).name), "web-shop by remote origin") << url;
    EXPECT_EQ(said(facts_of(with_remotes({})).name), "shop by the directory's name");
    EXPECT_EQ(facts_of(with_remotes({{"up", "/x/.a shop!.git"}})).name.value, "a-shop-");
    Checkout odd = checkout_of({});
    odd.directory = "...";
    EXPECT_EQ(facts_of(odd).name.value, "app");
}

TEST(RepositoryFacts, NameTheBranchThatTheRemoteCallsItsOwn) {
    Checkout checkout = with_remotes({{"origin", "/srv/shop.git"}});
    checkout.branch = "feature";
    EXPECT_EQ(said(facts_of(checkout).branch), "feature by the branch checked out");
    checkout.default_branches["origin"] = "trunk";
    EXPECT_EQ(said(facts_of(checkout).branch), "trunk by the default branch of origin");
    checkout.default_branches.clear();
    checkout.branch.reset();
    EXPECT_EQ(facts_of(checkout).branch.value, "main");
}

TEST(RepositoryFacts, PushToNoPlaceThatOnlyDeploys) {
    EXPECT_EQ(facts_of(with_remotes({{"heroku", "https://git.heroku.com/shop.git"}})).remote, "");
    EXPECT_EQ(facts_of(with_remotes({{"heroku", "https://git.heroku.com/shop.git"}, {"up", "/x"}})).remote, "up");
    EXPECT_EQ(facts_of(with_remotes({{"a", "/a"}, {"origin", "/x"}})).remote, "origin");
}

TEST(RepositoryFacts, KnowHerokuByItsAddresses) {
    for (const std::string url : {"https://git.heroku.com/shop-1.git", "https://heroku:x@git.heroku.com/shop-1.git",
                                  "git@heroku.com:shop-1.git", "ssh://git@heroku.com:shop-1.git"})
        EXPECT_EQ(app_of_heroku(url), "shop-1") << url;
    for (const std::string url :
         {"https://git.heroku.com.evil/shop.git", "https://github.com/heroku/shop.git", "/srv/heroku", ""})
        EXPECT_EQ(app_of_heroku(url), "") << url;
    const auto signs = signs_of_heroku(with_remotes(
        {{"a-staging", "https://git.heroku.com/shop-staging.git"}, {"heroku", "https://git.heroku.com/shop.git"}}));
    EXPECT_EQ(said(signs->app), "shop by remote heroku");
}

TEST(RepositoryFacts, KnowWhetherHerokuMigratesByItself) {
    const auto phase_of = [](const std::string& procfile) {
        Checkout checkout = checkout_of({{"Procfile", procfile}});
        checkout.remotes["heroku"] = "https://git.heroku.com/shop.git";
        return signs_of_heroku(checkout)->release_phase;
    };
    EXPECT_EQ(phase_of("web: gunicorn shop\nrelease: python manage.py migrate\n"), "python manage.py migrate");
    EXPECT_EQ(phase_of("web: gunicorn shop\nrelease: ./notify.sh\n"), "");
    EXPECT_EQ(phase_of("web: gunicorn shop\n"), "");
}

TEST(RepositoryFacts, ReadWhatTheEbProgramWrote) {
    const std::string config =
        "branch-defaults:\n  main:\n    environment: shop-prod\n    group_suffix: null\n  dev:\n    environment: "
        "shop-dev\n"
        "global:\n  application_name: shop\n  default_region: eu-central-1\n  workspace_type: Application\n";
    const Checkout checkout =
        checkout_of({{".ebextensions/db.config", "container_commands:\n  01:\n    command: manage.py migrate\n"}},
                    {{".elasticbeanstalk/config.yml", config}});
    const auto signs = signs_of_beanstalk(checkout, "main");
    EXPECT_EQ(signs->application, "shop");
    EXPECT_EQ(signs->environment, "shop-prod");
    EXPECT_EQ(signs->region, "eu-central-1");
    EXPECT_EQ(signs->migrates, ".ebextensions/db.config");
    EXPECT_EQ(signs_of_beanstalk(checkout, "dev")->environment, "shop-dev");
    EXPECT_EQ(signs_of_beanstalk(checkout, "other")->environment, "");
    EXPECT_FALSE(signs_of_beanstalk(checkout_of({}), "main"));
    const auto bare = signs_of_beanstalk(checkout_of({{".ebextensions/a.config", "# manage.py migrate\n"}}), "main");
    EXPECT_EQ(bare->sign, ".ebextensions");
    EXPECT_EQ(bare->migrates + bare->application, "");
}

TEST(RepositoryFacts, KnowTheHostByItsFilesOrTheRemotesHost) {
    EXPECT_EQ(facts_of(checkout_of({{".github/workflows/a.yml", ""}})).github, ".github");
    EXPECT_EQ(facts_of(with_remotes({{"origin", "git@github.com:gitlab/x.git"}})).github, "remote origin");
    EXPECT_EQ(facts_of(with_remotes({{"origin", "https://github.com/gitlab/x.git"}})).gitlab, "");
    EXPECT_EQ(facts_of(with_remotes({{"origin", "https://gitlab.example/x.git"}})).gitlab, "remote origin");
    EXPECT_EQ(facts_of(checkout_of({{".gitlab-ci.yml", ""}})).gitlab, ".gitlab-ci.yml");
}

}  // namespace
}  // namespace lastgood::test
