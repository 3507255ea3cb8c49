#include "command_line/completion.hpp"
#include "command_line/manual_page.hpp"
#include "command_line/table.hpp"

#include <functional>

#include <gtest/gtest.h>

namespace lastgood {
namespace {

void for_each_row(const CommandRow& row, const std::function<void(const CommandRow&)>& call) {
    call(row);
    for (const auto& command : row.commands) for_each_row(command, call);
}

TEST(Table, SaysOfEveryRowOnOneLineWhatItIs) {
    const auto is_sentence = [](const std::string& text) {
        return !text.empty() && text.back() != '.' && text.find('\n') == std::string::npos;
    };
    for (const auto& program : programs())
        for_each_row(program, [&](const CommandRow& row) {
            EXPECT_TRUE(is_sentence(row.text)) << row.name;
            for (const auto& option : row.options) {
                EXPECT_TRUE(option.name.starts_with("--")) << option.name;
                EXPECT_TRUE(is_sentence(option.text)) << option.name;
                EXPECT_TRUE(option.choices.empty() || !option.value.empty()) << option.name;
            }
            for (const auto& positional : row.positionals) EXPECT_TRUE(is_sentence(positional.text)) << positional.name;
        });
    for (const auto& variable : environment_variables()) EXPECT_TRUE(is_sentence(variable.text)) << variable.name;
}

TEST(Table, GivesTheStepsToTheDriver) {
    for (const auto& step : step_names()) {
        EXPECT_NO_THROW(program("lastgood-" + step));
        bool known = false;
        for (const auto& command : program("lastgood").commands) known = known || command.name == step;
        EXPECT_TRUE(known) << step;
    }
}

TEST(ManualPages, NameEveryOptionCommandAndStatus) {
    for (const auto& row : programs()) {
        const std::string page = manual_page(row, "It does.\n\n  one   two\n\nSo it is.\n");
        for (const auto* section : {".SH NAME\n", ".SH SYNOPSIS\n", ".SH DESCRIPTION\n", ".SH OPTIONS\n",
                                    ".SH ENVIRONMENT\n", ".SH EXIT STATUS\n", ".SH SEE ALSO\n"})
            EXPECT_NE(page.find(section), std::string::npos) << section;
        EXPECT_NE(page.find("It does.\n.PP\n.RS 2\n.nf\none   two\n.fi\n.RE\n.PP\nSo it is.\n"), std::string::npos)
            << page;
        EXPECT_NE(page.find("\\fB\\-\\-pipeline\\fR \\fIFILE\\fR"), std::string::npos);
        EXPECT_NE(page.find(".TP\n\\fB130\\fR\n"), std::string::npos);
    }
    EXPECT_NE(manual_page(program("lastgood"), "").find("\\fBbackups prune\\fR"), std::string::npos);
}

TEST(ManualPages, TakeNothingForACommandOfRoff) {
    const std::string page = manual_page({"lastgood-x", "does"}, ".so /etc/passwd\n'tis \\fBold\n");
    EXPECT_EQ(page.find("\n.so"), std::string::npos) << page;
    EXPECT_NE(page.find("\\&.so /etc/passwd\n\\&'tis \\efBold\n"), std::string::npos) << page;
}

TEST(Completions, KnowEveryWord) {
    for (const auto& script : {bash_completion(), zsh_completion(), fish_completion()}) {
        for (const auto& row : programs()) {
            EXPECT_NE(script.find(row.name), std::string::npos) << row.name;
            for_each_row(row, [&](const CommandRow& command) {
                EXPECT_NE(script.find(command.name), std::string::npos) << command.name;
                for (const auto& option : command.options)
                    EXPECT_NE(script.find(option.name.substr(2)), std::string::npos) << option.name;
            });
        }
    }
}

}  // namespace
}  // namespace lastgood
