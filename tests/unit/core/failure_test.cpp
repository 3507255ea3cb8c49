#include "core/failure.hpp"

#include <gtest/gtest.h>

namespace lastgood {
namespace {

TEST(Failures, AlwaysHaveANextStep) {
    EXPECT_THROW(throw Failure(ExitCode::refused, "no restore point", "nothing", ""), std::logic_error);
    EXPECT_THROW(throw Failure(ExitCode::refused, "", "nothing", "lastgood run"), std::logic_error);
}

TEST(Failures, CarryWhatHappenedChangedAndNext) {
    const Failure failure = Failure(ExitCode::refused, "no restore point", "nothing", "lastgood run")
                                .with_detail("none in the store")
                                .with_code(ExitCode::failed_changed)
                                .with_changed("schema at 0041")
                                .with_next("lastgood rollback");
    EXPECT_EQ(failure.what_happened(), "no restore point");
    EXPECT_EQ(failure.detail(), "none in the store");
    EXPECT_EQ(failure.changed(), "schema at 0041");
    EXPECT_EQ(failure.next(), "lastgood rollback");
    EXPECT_EQ(failure.code(), ExitCode::failed_changed);
}

TEST(Failures, TakeDetailLineByLine) {
    Failure failure(ExitCode::person, "it would throw away 3 rows", "nothing", "lastgood rollback --accept-loss");
    failure.with_detail(std::vector<std::string>{"orders: 1 row", "people: 2 rows"});
    EXPECT_EQ(failure.detail(), "orders: 1 row\npeople: 2 rows");
    EXPECT_EQ(failure.with_detail(std::vector<std::string>{}).detail(), "");
}

TEST(Interruptions, ExitAsAShellReportsThem) {
    EXPECT_EQ(Interrupted(15).exit_status(), 143);
}

TEST(ExitCodes, AreDocumentedInAscendingOrder) {
    int count = 0;
    const ExitCodeHelp* table = exit_code_table(count);
    ASSERT_EQ(count, 13);
    for (int i = 1; i < count; ++i) EXPECT_LT(table[i - 1].status, table[i].status);
    EXPECT_EQ(table[count - 1].status, 143);
}

}  // namespace
}  // namespace lastgood
