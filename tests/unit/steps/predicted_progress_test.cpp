#include "steps/migrate/predicted_progress.hpp"

#include <gtest/gtest.h>

namespace lastgood {
namespace {

using namespace std::chrono_literals;

TEST(PredictedProgress, SaysWhatIsLeftAsTheRehearsalTook) {
    const ProgressSaid said = say_predicted(30s, 120s);
    EXPECT_EQ(said.text, "migrating for 30 s, about 1 min 30 s left, as in the rehearsal");
    EXPECT_DOUBLE_EQ(*said.share, 0.25);
}

TEST(PredictedProgress, SaysThatItTakesLongerThanThat) {
    const ProgressSaid said = say_predicted(31s, 30s);
    EXPECT_EQ(said.text, "migrating for 31 s, longer than the rehearsal's 30 s");
    EXPECT_FALSE(said.share);
}

}  // namespace
}  // namespace lastgood
