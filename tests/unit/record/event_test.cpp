#include "record/event.hpp"

#include "core/failure.hpp"
#include "record_place.hpp"

#include <gtest/gtest.h>

namespace lastgood {

namespace {

std::string good_event() {
    return to_json(Event{7, "note", "2026-11-22T15:04:05.123Z", "migrate", {{"name", "x"}}}).dump();
}

}  // namespace

TEST(Events, ComeBackAsTheyWere) {
    const Event event{
        7, "action-begun", "2026-11-22T15:04:05.123Z", "migrate", {{"id", "migrate"}, {"xid", 18446744073709551615U}}};
    const Event back = event_from_json(to_json(event).dump(), "k");
    EXPECT_EQ(back.number, event.number);
    EXPECT_EQ(back.type, event.type);
    EXPECT_EQ(back.at, event.at);
    EXPECT_EQ(back.step, event.step);
    EXPECT_EQ(back.data, event.data);
}

TEST(Events, MayLackAStepAndData) {
    const Event event = event_from_json(R"({"format":1,"number":1,"type":"note","at":"t"})", "k");
    EXPECT_EQ(event.step, "");
    EXPECT_EQ(event.data, Json::object());
}

TEST(Events, OfANewerFormatAreRefusedByName) {
    const Failure failure = test::failure_of(
        [] { event_from_json(R"({"format":2,"what":"ever"})", "shop/production/runs/r/000001.json"); });
    EXPECT_EQ(failure.code(), ExitCode::refused);
    EXPECT_EQ(failure.what_happened(),
              "record of format 2 (shop/production/runs/r/000001.json) was written by a newer lastgood");
    EXPECT_NE(failure.next().find("install"), std::string::npos);
}

TEST(Events, TornAtAnyByteAreNamedByTheirKey) {
    const std::string whole = good_event();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const Failure failure = test::failure_of([&] { event_from_json(whole.substr(0, size), "the/key"); });
        EXPECT_EQ(failure.code(), ExitCode::failed_clean) << size;
        EXPECT_NE(failure.what_happened().find("the/key"), std::string::npos) << failure.what_happened();
    }
}

class RubbishEvents : public testing::TestWithParam<std::string> {};

TEST_P(RubbishEvents, AreNamedByTheirKey) {
    const Failure failure = test::failure_of([] { event_from_json(GetParam(), "the/key"); });
    EXPECT_EQ(failure.code(), ExitCode::failed_clean);
    EXPECT_NE(failure.what_happened().find("the/key"), std::string::npos) << failure.what_happened();
}

INSTANTIATE_TEST_SUITE_P(
    , RubbishEvents,
    testing::Values(
        "", " ", "null", "7", "[]", "\"text\"", "{}", "\xff\xfe", std::string(3, '\0'),
        R"({"format":null,"number":1,"type":"note","at":"t"})", R"({"format":"1","number":1,"type":"note","at":"t"})",
        R"({"format":0,"number":1,"type":"note","at":"t"})", R"({"format":1.5,"number":1,"type":"note","at":"t"})",
        R"({"format":1,"number":0,"type":"note","at":"t"})", R"({"format":1,"number":-1,"type":"note","at":"t"})",
        R"({"format":1,"number":4294967297,"type":"note","at":"t"})",
        R"({"format":1,"number":18446744073709551615,"type":"note","at":"t"})",
        R"({"format":1,"number":1e3,"type":"note","at":"t"})", R"({"format":1,"number":"1","type":"note","at":"t"})",
        R"({"format":1,"number":1,"type":"","at":"t"})", R"({"format":1,"number":1,"type":7,"at":"t"})",
        R"({"format":1,"number":1,"type":"note"})", R"({"format":1,"number":1,"type":"note","at":[]})",
        R"({"format":1,"number":1,"type":"note","at":"t","step":1})",
        R"({"format":1,"number":1,"type":"note","at":"t","data":[]})",
        R"({"format":1,"number":1,"type":"note","at":"t","data":"text"})",
        R"({"format":1,"number":1,"type":"note","at":"t"} trailing)",
        R"({"format":1,"number":1,"type":"note","at":"t","data":)" + std::string(100'000, '[') + "}",
        std::string(100'000, '[') + std::string(100'000, ']')));

}  // namespace lastgood
