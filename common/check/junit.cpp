#include "check/junit.hpp"

#include "check/xml_text.hpp"

#include <algorithm>
#include <cstdio>

namespace lastgood {

namespace {

std::string attribute(const std::string& name, const std::string& value) {
    return " " + name + "=\"" + xml_attribute(value) + "\"";
}

std::string seconds(long long milliseconds) {
    char text[32];
    std::snprintf(text, sizeof text, "%lld.%03lld", milliseconds / 1000, milliseconds % 1000);
    return text;
}

std::string number_of(const std::vector<CheckResult>& results, Verdict verdict) {
    return std::to_string(
        std::count_if(results.begin(), results.end(), [&](const auto& result) { return result.verdict == verdict; }));
}

/// A line each.
std::string say(const CheckResult& result) {
    const Evidence& evidence = result.evidence;
    std::string text;
    const auto add = [&](const std::string& what, const std::string& words) {
        if (!words.empty()) text += what + ": " + words + "\n";
    };
    add("asked", evidence.asked);
    add("expected", evidence.expected);
    add("found", evidence.found);
    for (const auto& difference : evidence.differences) text += "  " + difference + "\n";
    if (result.asked > 1) add("asked so often", std::to_string(result.asked));
    return text;
}

std::string verdict_element(const CheckResult& result) {
    if (result.verdict == Verdict::passed)
        return "      <system-out>" + xml_text(result.reason + "\n" + say(result)) + "</system-out>\n";
    const std::string element = result.verdict == Verdict::failed ? "failure" : "error";
    return "      <" + element + attribute("message", result.reason) + attribute("type", text_of(result.verdict)) +
           ">" + xml_text(say(result)) + "</" + element + ">\n";
}

std::string testcase(const CheckResult& result) {
    return "    <testcase" + attribute("classname", "verify." + result.name) +
           attribute("name", result.name + " (" + result.place + ")") + attribute("time", seconds(result.took_ms)) +
           ">\n" + verdict_element(result) + "    </testcase>\n";
}

}  // namespace

std::string junit_xml(const JunitSuite& suite, const std::vector<CheckResult>& results) {
    const std::string counts = attribute("tests", std::to_string(results.size())) +
                               attribute("failures", number_of(results, Verdict::failed)) +
                               attribute("errors", number_of(results, Verdict::unknown)) +
                               attribute("time", seconds(suite.took_ms));
    std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites" + counts + ">\n";
    // Readers of the common schema know a time without milliseconds and zone.
    xml += "  <testsuite" + attribute("name", suite.name) + counts + attribute("skipped", "0") +
           attribute("timestamp", suite.at.substr(0, suite.at.find_first_of(".Z"))) + ">\n    <properties>\n";
    for (const auto& [name, value] : suite.properties)
        xml += "      <property" + attribute("name", name) + attribute("value", value) + "/>\n";
    xml += "    </properties>\n";
    for (const auto& result : results) xml += testcase(result);
    return xml + "  </testsuite>\n</testsuites>\n";
}

}  // namespace lastgood
