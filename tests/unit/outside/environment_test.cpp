#include "outside/environment.hpp"

#include "core/failure.hpp"
#include "outside/crash_point.hpp"

#include <cerrno>
#include <cstdlib>
#include <unistd.h>

#include <gtest/gtest.h>

namespace lastgood {
namespace {

using Variables = std::map<std::string, std::string>;

TEST(Environments, TellEmptyFromUnset) {
    const Environment environment(Variables{{"EMPTY", ""}, {"FULL", "a=b"}});
    EXPECT_EQ(environment.get("EMPTY"), "");
    EXPECT_EQ(environment.get("FULL"), "a=b");
    EXPECT_EQ(environment.get("NONE"), std::nullopt);
}

TEST(Environments, AreReadFromTheProcess) {
    const char* path = std::getenv("PATH");
    ASSERT_NE(path, nullptr);
    EXPECT_EQ(Environment::of_process().get("PATH"), std::string_view(path));
}

TEST(CrashPoints, DoNothingUnlessAsked) {
    CrashPoint point{Environment(Variables{})};
    for (int i = 0; i < 5; ++i) {
        point.before_event();
        point.after_event();
    }
}

TEST(CrashPoints, RefuseWhatTheyCannotRead) {
    for (const auto* text : {"", "before", "before:", "before:0", "before:x", "during:3", "after:3x", "after:-1"}) {
        EXPECT_THROW(CrashPoint(Environment(Variables{{"LASTGOOD_TEST_CRASH", text}})), Failure) << text;
    }
}

/// Says which of its events it reaches.
void write_events(const char* crash) {
    CrashPoint point{Environment(Variables{{"LASTGOOD_TEST_CRASH", crash}})};
    for (const char* event : {"1", "2", "3", "4"}) {
        point.before_event();
        (void)!::write(STDERR_FILENO, event, 1);
        point.after_event();
    }
}

TEST(CrashPoints, KillRightBeforeAndRightAfterAnEvent) {
    EXPECT_EXIT(write_events("before:3"), testing::KilledBySignal(SIGKILL), "^12$");
    EXPECT_EXIT(write_events("after:3"), testing::KilledBySignal(SIGKILL), "^123$");
}

TEST(CrashPoints, AreMeantForTheProgramThatTheyName) {
    const std::string own = std::string(program_invocation_short_name) + ":before:3";
    EXPECT_EXIT(write_events(own.c_str()), testing::KilledBySignal(SIGKILL), "^12$");
    EXPECT_EXIT((write_events("lastgood-migrate:before:3"), ::_exit(0)), testing::ExitedWithCode(0), "^1234$");
}

}  // namespace
}  // namespace lastgood
