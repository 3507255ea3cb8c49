#pragma once

#include "check/check.hpp"

#include <string>
#include <utility>
#include <vector>

namespace lastgood {

/// What the results belong to.
struct JunitSuite {
    std::string name;                                             ///< "shop/production"
    std::string at;                                               ///< say_time() of the beginning
    long long took_ms = 0;                                        ///< of all together: they ran side by side
    std::vector<std::pair<std::string, std::string>> properties;  ///< run, revision
};

/// JUnit XML, as Jenkins and GitLab read it: one testsuite, one testcase per check. A failed check is a failure, one
/// that could not tell an error; evidence stands in the one or the other, else in system-out.
std::string junit_xml(const JunitSuite& suite, const std::vector<CheckResult>& results);

}  // namespace lastgood
