#include "core/our_commands.hpp"

#include <gtest/gtest.h>

namespace lastgood {
namespace {

struct Row {
    const char* text;
    const char* completed;
};

TEST(OurCommands, NameTheirPipelineWhereverTheyStand) {
    const Row rows[] = {
        {"lastgood rollback", "lastgood rollback --pipeline s.yaml"},
        {"lastgood rollback   returns code and data", "lastgood rollback --pipeline s.yaml   returns code and data"},
        {"lastgood run --run-id r-1", "lastgood run --pipeline s.yaml --run-id r-1"},
        {"lastgood backup-capture --run-id r", "lastgood backup-capture --pipeline s.yaml --run-id r"},
        {"lastgood backups prune --confirm x", "lastgood backups prune --pipeline s.yaml --confirm x"},
        {"lastgood backups, or not", "lastgood backups --pipeline s.yaml, or not"},
        {"mend it, then: lastgood verify; or lastgood rollback",
         "mend it, then: lastgood verify --pipeline s.yaml; or lastgood rollback --pipeline s.yaml"},
        {"see lastgood status", "see lastgood status --pipeline s.yaml"},
    };
    for (const auto& row : rows) EXPECT_EQ(with_words(row.text, "--pipeline s.yaml"), row.completed);
}

TEST(OurCommands, LeaveOtherWordsAlone) {
    for (const char* text : {"", "lastgood", "install all lastgood programs into one directory", "lastgood --version",
                             "lastgood runs", "mylastgood run", "/srv/lastgood rollback",
                             "rolled back by lastgood: run 7", "lastgood run --pipeline other.yaml --run-id r"})
        EXPECT_EQ(with_words(text, "--pipeline s.yaml"), text);
}

}  // namespace
}  // namespace lastgood
