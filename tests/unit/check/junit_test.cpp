#include "check/junit.hpp"

#include "check/xml_text.hpp"

#include <gtest/gtest.h>

namespace lastgood {
namespace {

TEST(XmlText, IsEscaped) {
    EXPECT_EQ(xml_text("a < b && c > \"d\""), "a &lt; b &amp;&amp; c &gt; &quot;d&quot;");
    EXPECT_EQ(xml_attribute("one\ttwo\nthree\r"), "one&#9;two&#10;three&#13;");
    EXPECT_EQ(xml_text("one\ttwo\nthree\r"), "one\ttwo\nthree&#13;");
    EXPECT_EQ(xml_text("Grüße, 日本, 😀"), "Grüße, 日本, 😀");
}

TEST(XmlText, HoldsNothingThatXmlForbids) {
    const std::string bad = "\xEF\xBF\xBD";
    EXPECT_EQ(xml_text(std::string_view("\0\x01\x1B\x7F", 4)), bad + bad + bad + "\x7F");
    EXPECT_EQ(xml_text("\xFF\xC3("), bad + bad + "(");
    EXPECT_EQ(xml_text("\xC0\xAF"), bad + bad) << "overlong";
    EXPECT_EQ(xml_text("\xE0\x80\xAF"), bad + bad + bad) << "overlong";
    EXPECT_EQ(xml_text("\xED\xA0\x80"), bad) << "a surrogate";
    EXPECT_EQ(xml_text("\xEF\xBF\xBF"), bad) << "no character";
    EXPECT_EQ(xml_text("\xF4\x90\x80\x80"), bad) << "beyond the last";
    EXPECT_EQ(xml_text("\xE2\x82"), bad + bad) << "cut";
}

CheckResult result_of(const std::string& name, Verdict verdict, const std::string& reason) {
    CheckResult result;
    result.name = name;
    result.place = "lastgood.yaml:13:11";
    result.verdict = verdict;
    result.reason = reason;
    result.took_ms = 1234;
    return result;
}

TEST(Junit, HasOneTestcasePerCheck) {
    auto failed = result_of("sql", Verdict::failed, "1 found, 0 expected");
    failed.evidence = {.asked = "select count(*) from t where a < 0",
                       .expected = "0",
                       .found = "1",
                       .differences = {"row 1 [7]: not expected"}};
    failed.asked = 3;
    const std::string xml = junit_xml(
        {"shop/production", "2026-11-26T12:00:01.250Z", 2005, {{"run", "local-1"}}},
        {result_of("http", Verdict::passed, "status 200"), failed, result_of("sql", Verdict::unknown, "no \"t\"")});
    EXPECT_EQ(xml, R"xml(<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="3" failures="1" errors="1" time="2.005">
  <testsuite name="shop/production" tests="3" failures="1" errors="1" time="2.005" skipped="0" timestamp="2026-11-26T12:00:01">
    <properties>
      <property name="run" value="local-1"/>
    </properties>
    <testcase classname="verify.http" name="http (lastgood.yaml:13:11)" time="1.234">
      <system-out>status 200
</system-out>
    </testcase>
    <testcase classname="verify.sql" name="sql (lastgood.yaml:13:11)" time="1.234">
      <failure message="1 found, 0 expected" type="failed">asked: select count(*) from t where a &lt; 0
expected: 0
found: 1
  row 1 [7]: not expected
asked so often: 3
</failure>
    </testcase>
    <testcase classname="verify.sql" name="sql (lastgood.yaml:13:11)" time="1.234">
      <error message="no &quot;t&quot;" type="could not tell"></error>
    </testcase>
  </testsuite>
</testsuites>
)xml");
}

}  // namespace
}  // namespace lastgood
