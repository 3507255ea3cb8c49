#include "command_line/ci_texts.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

namespace lastgood {
namespace {

constexpr const char* k_begin = "generated: ";
constexpr const char* k_end = "end of what is generated";

std::string content(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
}

/// What stands in `file` between its marks must be `wanted`. LASTGOOD_ACCEPT=1 writes it there.
void hold(const std::string& file, const std::string& wanted) {
    const auto path = std::filesystem::path(LASTGOOD_SOURCE) / file;
    std::string text = content(path);
    const auto mark = text.find(k_begin);
    const auto last = text.find(k_end);
    ASSERT_NE(mark, std::string::npos) << file << " has no mark";
    ASSERT_NE(last, std::string::npos) << file << " has no end";
    const auto begin = text.find('\n', mark) + 1;
    const auto end = text.rfind('\n', last) + 1;
    if (std::getenv("LASTGOOD_ACCEPT") != nullptr) {
        text.replace(begin, end - begin, wanted);
        std::ofstream(path) << text;
    } else {
        EXPECT_EQ(text.substr(begin, end - begin), wanted)
            << file << ": LASTGOOD_ACCEPT=1 build/asan/tests/unit_command_line writes it anew";
    }
}

TEST(FilesOfTheHosts, SayOfTheOptionsWhatTheTableSays) {
    hold("action.yml", action_inputs());
    hold("pipelines/github/README.md", options_of_steps());
    hold("pipelines/gitlab/README.md", options_of_steps());
}

}  // namespace
}  // namespace lastgood
