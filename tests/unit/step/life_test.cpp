#include "step/life.hpp"

#include "core/interrupted_in_doubt.hpp"
#include "database/session.hpp"
#include "life_world.hpp"

#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace lastgood {
namespace {

using test::FakeStep;
using test::LifeWorld;
using Texts = std::vector<std::string>;

std::function<Json()> throwing(const std::function<void()>& what) {
    return [what]() -> Json {
        what();
        return Json::object();
    };
}

Failure failure(ExitCode code) {
    return {code, "it broke", "something", "lastgood status"};
}

/// Lives, and returns the failure that ended it.
Failure end_of(FakeStep& step, const Life& life) {
    try {
        live(step, life);
    } catch (const Failure& ended) {
        return ended;
    }
    throw std::logic_error("it did not fail");
}

TEST(Life, JournalsEveryActionBeforeAndAfter) {
    LifeWorld world;
    FakeStep step({"one", "two"});
    EXPECT_EQ(live(step, world.life()), 0);
    EXPECT_EQ(step.asked, (Texts{"plan", "one", "two", "prove"}));
    EXPECT_EQ(world.events(), (Texts{"step-begun", "action-begun one", "action-ended one", "action-begun two",
                                     "action-ended two", "step-ended"}));
    for (const auto& event : world.read().events()) EXPECT_EQ(event.step, "migrate");
    Json first = world.data_of(2);
    EXPECT_EQ(first.at("plan").at("actions").size(), 2U);
    first.erase("plan");
    EXPECT_EQ(first, (Json{{"id", "one"}, {"summary", "do one"}, {"of", "one"}}));
    EXPECT_EQ(world.data_of(4), (Json{{"id", "two"}, {"summary", "do two"}, {"of", "two"}}));
    EXPECT_EQ(world.data_of(3).at("result"), "one");
    EXPECT_TRUE(world.data_of(3).at("took_ms").is_number());
    EXPECT_EQ(world.data_of(6), (Json{{"exit_status", 0}, {"fact", 7}}));
}

TEST(Life, JournalsBeforeItActs) {
    LifeWorld world;
    FakeStep step({"one"});
    step.acting["one"] = throwing([&] { EXPECT_EQ(world.events().back(), "action-begun one"); });
    EXPECT_EQ(live(step, world.life()), 0);
}

TEST(Life, ProvesAnEmptyPlanToo) {
    LifeWorld world;
    FakeStep step({});
    EXPECT_EQ(live(step, world.life()), 0);
    EXPECT_EQ(step.asked, (Texts{"plan", "prove"}));
    EXPECT_EQ(world.events(), (Texts{"step-begun", "step-ended"}));
    EXPECT_TRUE(world.data_of(2).at("plan").at("actions").empty());
}

TEST(Life, EndsWithARefusalBeforeAnyAction) {
    LifeWorld world;
    FakeStep step({"one"});
    step.planning = [] { throw failure(ExitCode::refused); };
    EXPECT_EQ(end_of(step, world.life()).code(), ExitCode::refused);
    EXPECT_EQ(world.events(), (Texts{"step-begun", "step-ended"}));
    EXPECT_EQ(world.data_of(2), (Json{{"exit_status", 3}, {"what", "it broke"}}));
}

TEST(Life, JournalsAFailureAndGoesNoFurther) {
    LifeWorld world;
    FakeStep step({"one", "two"});
    step.acting["one"] = throwing([] { throw failure(ExitCode::failed_changed); });
    EXPECT_EQ(end_of(step, world.life()).code(), ExitCode::failed_changed);
    EXPECT_EQ(step.asked, (Texts{"plan", "one"}));
    EXPECT_EQ(world.events(), (Texts{"step-begun", "action-begun one", "action-failed one", "step-ended"}));
    EXPECT_EQ(world.data_of(3), (Json{{"id", "one"}, {"code", 5}, {"what", "it broke"}, {"changed", "something"}}));
    EXPECT_EQ(world.data_of(4).at("exit_status"), 5);
}

TEST(Life, JournalsAProofThatFails) {
    LifeWorld world;
    FakeStep step({"one"});
    step.proving = throwing([] { throw failure(ExitCode::verify_no); });
    EXPECT_EQ(end_of(step, world.life()).code(), ExitCode::verify_no);
    EXPECT_EQ(world.events().back(), "step-ended");
    EXPECT_EQ(world.data_of(4).at("exit_status"), 7);
}

TEST(Life, JournalsAnInterruption) {
    LifeWorld world;
    FakeStep step({"one", "two"});
    step.acting["one"] = throwing([] { throw Interrupted(SIGTERM); });
    EXPECT_THROW(live(step, world.life()), Interrupted);
    EXPECT_EQ(world.events(), (Texts{"step-begun", "action-begun one", "action-failed one", "step-ended"}));
    EXPECT_EQ(world.data_of(3).at("code"), 143);
    EXPECT_EQ(world.data_of(4).at("exit_status"), 143);
    EXPECT_FALSE(fold("github-1", {}).in_doubt);
}

TEST(Life, LeavesAnInterruptionInDoubtWhereTheServerWasSilent) {
    for (const bool changes : {true, false}) {
        LifeWorld world;
        FakeStep step({"one"});
        step.planned.actions[0].changes = changes;
        step.acting["one"] = throwing([] { throw InterruptedInDoubt(SIGTERM); });
        EXPECT_THROW(live(step, world.life()), Interrupted);
        EXPECT_EQ(world.data_of(3).at("code"), changes ? 6 : 143);
        EXPECT_EQ(world.data_of(4).at("exit_status"), 143);
        EXPECT_EQ(world.read().state().in_doubt.has_value(), changes);
    }
}

TEST(Life, BeginsNoActionAfterASignal) {
    LifeWorld world;
    FakeStep step({"one", "two"});
    step.acting["one"] = throwing([&] { world.interruption.request(SIGINT); });
    EXPECT_THROW(live(step, world.life()), Interrupted);
    EXPECT_EQ(world.events(), (Texts{"step-begun", "action-begun one", "action-ended one", "step-ended"}));
    EXPECT_EQ(world.data_of(4).at("exit_status"), 130);
}

struct ErrorCase {
    bool changes;
    std::function<void()> error;
    ExitCode code;
    bool in_doubt;  ///< nobody wrote how the action ended
};

TEST(Life, SaysByWhatAnErrorLeftUndecided) {
    const auto lost = [] { throw DatabaseError("server closed the connection", "", true); };
    const auto denied = [] { throw DatabaseError("ERROR:  permission denied", "42501", false); };
    const auto store = [] { throw StoreError("no route to the store"); };
    const auto bug = [] { throw std::logic_error("cannot be"); };
    const std::vector<ErrorCase> cases{
        {true, lost, ExitCode::in_doubt, true},          {false, lost, ExitCode::failed_clean, false},
        {true, denied, ExitCode::failed_changed, false}, {false, denied, ExitCode::failed_clean, false},
        {true, store, ExitCode::in_doubt, true},         {false, store, ExitCode::failed_clean, true},
        {true, bug, ExitCode::in_doubt, true},
    };
    for (std::size_t i = 0; i < cases.size(); ++i) {
        SCOPED_TRACE("case " + std::to_string(i));
        LifeWorld world;
        FakeStep step({"one"});
        step.planned.actions[0].changes = cases[i].changes;
        step.acting["one"] = throwing(cases[i].error);
        const Failure ended = end_of(step, world.life());
        EXPECT_EQ(ended.code(), cases[i].code);
        EXPECT_FALSE(ended.next().empty());
        EXPECT_EQ(world.read().state().in_doubt.has_value(), cases[i].in_doubt);
        EXPECT_EQ(world.read().state().steps.at("migrate").exit_status, status_of(cases[i].code));
    }
}

TEST(Life, LeavesABugABugWhereNothingWasChanged) {
    LifeWorld world;
    FakeStep step({"one"});
    step.planned.actions[0].changes = false;
    step.acting["one"] = throwing([] { throw std::logic_error("cannot be"); });
    EXPECT_THROW(live(step, world.life()), std::logic_error);
    EXPECT_EQ(world.read().state().steps.at("migrate").exit_status, status_of(ExitCode::bug));
}

TEST(DryRun, WritesNothingAndActsNot) {
    LifeWorld world;
    FakeStep step({"one"});
    EXPECT_EQ(live(step, world.life(true)), 0);
    EXPECT_EQ(step.asked, Texts{"plan"});
    EXPECT_TRUE(world.events().empty());
    Life recordless = world.life(true);
    recordless.record = nullptr;
    EXPECT_EQ(live(step, recordless), 0);
    step.planning = [] { throw failure(ExitCode::refused); };
    EXPECT_EQ(end_of(step, recordless).code(), ExitCode::refused);
    EXPECT_TRUE(world.events().empty());
}

TEST(DryRun, SaysItsPlanToPrograms) {
    LifeWorld world;
    FakeStep step({"one"});
    step.planned.reason = "it must be";
    testing::internal::CaptureStdout();
    live(step, world.life(true, true));
    const Json said = Json::parse(testing::internal::GetCapturedStdout());
    EXPECT_EQ(said.at("lastgood"), 1);
    EXPECT_EQ(said.at("type"), "plan");
    EXPECT_EQ(said.at("reason"), "it must be");
    EXPECT_EQ(said.at("actions").at(0).at("summary"), "do one");
}

TEST(Life, SaysItsEndToPrograms) {
    LifeWorld world;
    FakeStep step({"one"});
    testing::internal::CaptureStdout();
    live(step, world.life(false, true));
    const Json said = Json::parse(testing::internal::GetCapturedStdout());
    EXPECT_EQ(said.at("type"), "step-ended");
    EXPECT_EQ(said.at("step"), "migrate");
    EXPECT_EQ(said.at("run"), "github-1");
    EXPECT_EQ(said.at("exit_status"), 0);
}

/// What a program that is told to kill itself leaves behind.
void die_at(const LifeWorld& place, const std::string& crash, std::size_t events, bool in_doubt) {
    SCOPED_TRACE(crash);
    const RunState state = place.read().state();
    EXPECT_EQ(place.events().size(), events);
    EXPECT_EQ(state.in_doubt.has_value(), in_doubt);
}

TEST(CrashHook, CountsTheEventsOfOneProgram) {
    // step-begun, action-begun, action-ended, step-ended
    for (int number = 1; number <= 4; ++number) {
        for (const bool after : {false, true}) {
            const std::string crash = (after ? "after:" : "before:") + std::to_string(number);
            // Made on either side of the fork: a thread of the parent's could hold a lock that the child then waits
            // for.
            const TemporaryDirectory record("lastgood-life-");
            const pid_t child = ::fork();
            if (child == 0) {
                LifeWorld place(crash, record.path());
                FakeStep step({"one"});
                live(step, place.life());
                ::_exit(0);
            }
            int status = 0;
            ASSERT_EQ(::waitpid(child, &status, 0), child);
            EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << crash;
            const LifeWorld place("", record.path());
            const int events = after ? number : number - 1;
            die_at(place, crash, static_cast<std::size_t>(events), events == 2);
        }
    }
}

TEST(CrashHook, DoesNothingBehindTheLastEvent) {
    LifeWorld world("before:5");
    FakeStep step({"one"});
    EXPECT_EQ(live(step, world.life()), 0);
    EXPECT_EQ(world.events().size(), 4U);
}

}  // namespace
}  // namespace lastgood
