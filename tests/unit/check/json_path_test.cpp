#include "check/json_path.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

namespace lastgood {
namespace {

TEST(JsonAnswers, AreReadByTheirPaths) {
    const JsonAnswer answer(R"({"status": "ok", "a": {"b.c": 1, "d": [[1, 2], {"e": true}], "n": null}, "f": 1.5})");
    EXPECT_EQ(answer.at("status"), "ok");
    EXPECT_EQ(answer.at("a.d[0][1]"), "2");
    EXPECT_EQ(answer.at("a.d[1].e"), "true");
    EXPECT_EQ(answer.at("a.n"), "null");
    EXPECT_EQ(answer.at("f"), "1.5");
    EXPECT_EQ(answer.at("a.d[0]"), "[1,2]");
    EXPECT_EQ(JsonAnswer("[{\"x\": \"y\"}]").at("[0].x"), "y");
}

TEST(JsonAnswers, HaveNothingWhereThePathLeadsNowhere) {
    const JsonAnswer answer(R"({"a": [1], "b": "text"})");
    for (const char* path :
         {"c", "a[1]", "a[-1]", "a[x]", "a[", "a[0]x", "a.b", "b[0]", "b.c", "a[99999999999999999999]"}) {
        EXPECT_EQ(answer.at(path), std::nullopt) << path;
    }
}

TEST(JsonAnswers, AreRefusedIfTheyAreNone) {
    for (const char* text : {"", "<html>", "{\"a\": 1", "ok"})
        EXPECT_THROW(JsonAnswer{text}, std::invalid_argument) << text;
}

}  // namespace
}  // namespace lastgood
