#include "outside/redaction.hpp"
#include "recorded_run.hpp"
#include "report/html.hpp"
#include "report/markdown.hpp"
#include "report/mermaid.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace lastgood {

namespace {

using test::RecordedRun;

/// What a server, a migration or a branch could be named.
const std::vector<std::string> k_hostile{
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "a | b \\| c `d` ``e``",
    "@octocat #1 https://evil.example www.evil.example [x](y) ![z](w)",
    "::set-output name=a::b",
    "##[command]rm \x1b[2J ##vso[task]",
    "title x\nsection y\nclick z href \"javascript:alert(1)\" :crit, 1, 2 ; %%{init}%%",
    "$\\evil$ ~~x~~ <!-- y --> </details> ```\n```mermaid\n",
    "\xff\xfe invalid",
};

RecordedRun hostile_run(const std::string& text) {
    RecordedRun run;
    run.begin_run().capture().add("step-begun", "migrate");
    run.add("action-begun", "migrate", {{"id", text}, {"summary", text}});
    run.add("action-failed", "migrate", {{"id", text}, {"code", 5}, {"what", text}}).step("migrate", 5, text);
    run.act("migrate", "baseline", {{"rows", {{{"table", text}, {"rows", 1}}}}});
    run.act("migrate", "migrate", {{"done", {text}}});
    run.note("verdict", {{"checks", {{{"check", text}, {"verdict", text}, {"reason", text}}}}});
    run.note("fence", {{"kind", text}});
    return run;
}

std::size_t count_of(const std::string& text, const std::string& what) {
    std::size_t count = 0;
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
    return count;
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines(1);
    for (const char c : text) {
        if (c == '\n')
            lines.emplace_back();
        else
            lines.back() += c;
    }
    return lines;
}

const Redaction k_none;

}  // namespace

TEST(HtmlPage, NeedsNoNetworkAndRunsNoScript) {
    const std::string page = html(RecordedRun().begin_run().capture().report(), k_none);
    for (const char* forbidden :
         {"<script", "http://", "https://", "url(http", "@import", "<iframe", "<img", "onload="})
        EXPECT_EQ(count_of(page, forbidden), 0U) << forbidden;
}

TEST(HtmlPage, EscapesWhateverOthersWrote) {
    const std::size_t tags = count_of(html(hostile_run("plain").report(), k_none), "<");
    for (const auto& text : k_hostile) {
        const std::string page = html(hostile_run(text).report(), k_none);
        EXPECT_EQ(count_of(page, "<"), tags) << text;
        EXPECT_EQ(count_of(page, "\x1b"), 0U) << text;
        EXPECT_EQ(count_of(page, "##["), 0U) << text;
    }
}

TEST(HtmlPage, ShowsNoSecret) {
    Redaction redaction;
    redaction.add("hunter2&<secret>");
    for (const char* text : {"password is hunter2&<secret>", "hunter2\x1b[0m&<secret>"}) {
        const Report report = hostile_run(text).report();
        for (const std::string& page : {html(report, redaction), markdown(report, redaction)})
            EXPECT_EQ(count_of(page, "hunter2"), 0U) << page;
    }
}

TEST(HtmlPage, OfARunThatNeverWasHasAVerdictAndANextCommand) {
    const std::string page = html(RecordedRun().report(), k_none);
    EXPECT_NE(page.find("Nothing recorded"), std::string::npos);
    EXPECT_NE(page.find("lastgood status"), std::string::npos);
}

TEST(MarkdownPage, ObeysNothingThatOthersWrote) {
    const auto plain = lines_of(markdown(hostile_run("plain").report(), k_none));
    for (const auto& text : k_hostile) {
        const std::string page = markdown(hostile_run(text).report(), k_none);
        const auto lines = lines_of(page);
        ASSERT_EQ(lines.size(), plain.size()) << text;
        EXPECT_EQ(count_of(page, "\x1b"), 0U);
        EXPECT_EQ(count_of(page, "<script"), 0U);
        EXPECT_EQ(count_of(page, "<img"), 0U);
        for (std::size_t i = 0; i < lines.size(); ++i) {
            EXPECT_FALSE(lines[i].starts_with("::")) << lines[i];
            EXPECT_EQ(count_of(lines[i], "##["), 0U) << lines[i];
            // Every table keeps its columns, whatever stands in them.
            EXPECT_EQ(lines[i].starts_with("|"), plain[i].starts_with("|")) << lines[i];
            if (!plain[i].starts_with("|")) continue;
            EXPECT_EQ(count_of(lines[i], "|"), count_of(plain[i], "|")) << lines[i];
        }
    }
}

TEST(MarkdownPage, IsCutAtItsLimitWithAWord) {
    RecordedRun run;
    run.begin_run().capture();
    Json rows = Json::array();
    for (int i = 0; i < 2000; ++i) rows.push_back({{"table", "public.t" + std::to_string(i)}, {"rows", i}});
    const Report report = run.act("migrate", "baseline", {{"rows", rows}}).report();
    const std::string whole = markdown(report, k_none, 0);
    EXPECT_EQ(markdown(report, k_none), whole);
    for (const std::size_t limit : {whole.size(), whole.size() - 1, std::size_t{20'000}, std::size_t{2000},
                                    std::size_t{300}, std::size_t{150}, std::size_t{40}, std::size_t{1}}) {
        const std::string cut = markdown(report, k_none, limit);
        EXPECT_LE(cut.size(), limit);
        const bool told = cut.find("Cut here") != std::string::npos;
        EXPECT_EQ(told, limit < whole.size() && limit >= 150) << limit;
        EXPECT_EQ(count_of(cut, "```") % 2, 0U) << limit;
        EXPECT_EQ(count_of(cut, "<details>"), count_of(cut, "</details>")) << limit;
    }
}

TEST(MermaidChart, HoldsHarmlessNamesOnly) {
    for (const auto& text : k_hostile) {
        const std::string chart = mermaid_gantt(hostile_run(text).report().timeline, k_none);
        for (const auto& line : lines_of(chart)) {
            EXPECT_EQ(line.find_first_of(";\"`<>{}|"), std::string::npos) << line;
            EXPECT_LE(count_of(line, ":"), line.find("Format") == std::string::npos ? 1U : 2U) << line;
        }
    }
}

TEST(MermaidChart, OfNothingIsNone) {
    EXPECT_EQ(mermaid_gantt({}, k_none), "");
}

}  // namespace lastgood
