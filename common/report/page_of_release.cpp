// The sections about the release: the pair, the checks, the plan and what became of it.
#include "core/quantity.hpp"
#include "report/page_sections.hpp"

#include <utility>

namespace lastgood {

namespace {

std::string say_release(const ReportedPair& pair) {
    return pair.release ? "good release " + std::to_string(*pair.release) : "no good release";
}

std::vector<PageText> pair_row(const std::string& when, const ReportedPair& pair) {
    return {words(when), words(say_release(pair)), quoted(pair.commit.substr(0, 12)), quoted(pair.data)};
}

PageTable table_of_checks(const std::string& caption, const std::vector<ReportedCheck>& checks) {
    PageTable table{caption, {"Check", "Verdict", "Evidence", "Took"}, {}};
    for (const auto& check : checks) {
        PageText name = quoted(check.name);
        name.more.push_back(check.place);
        PageText evidence = quoted(check.reason);
        const auto add = [&](const char* what, const std::string& text) {
            if (!text.empty()) evidence.more.push_back(what + text);
        };
        add("asked: ", check.asked);
        add("expected: ", check.expected);
        add("found: ", check.found);
        for (const auto& difference : check.differences)
            if (check.reason.find(difference) == std::string::npos) evidence.more.push_back(difference);
        table.rows.push_back(
            {std::move(name), words(check.verdict, check.tone), std::move(evidence), number(say_duration(check.took))});
    }
    return table;
}

}  // namespace

PageSection pair_section(const Report& report) {
    PageSection section{"pair", "The pair, before and after"};
    if (report.attempt == 0) return section;
    section.lead = "A commit, and the database that fits it.";
    section.tables.push_back({"The last good pair when the run began, and what stands now",
                              {"When", "Release", "Commit", "Data"},
                              {pair_row("before", report.before), pair_row("now", report.after)}});
    if (report.point) {
        const ReportedPoint& point = *report.point;
        section.facts.push_back({"Restore point", quoted(point.id)});
        if (!point.taken_at.empty()) section.facts.push_back({"Taken (UTC)", moment(point.taken_at)});
        if (point.age) section.facts.push_back({"Age", words(say_duration(*point.age))});
        section.facts.push_back({"Proof", quoted(point.proof)});
        if (!point.standby.empty()) section.facts.push_back({"Kept as standby", quoted(point.standby)});
        if (!point.trouble.empty()) section.facts.push_back({"Its manifest", quoted(point.trouble)});
    }
    for (const auto& kept : report.kept) section.facts.push_back({"Kept", quoted(kept)});
    return section;
}

PageSection checks_section(const Report& report) {
    PageSection section{"checks", "Checks"};
    if (!report.checks.empty())
        section.tables.push_back(table_of_checks("What verify asked, and what it found", report.checks));
    if (!report.rehearsed_checks.empty())
        section.tables.push_back(table_of_checks("The checks in the rehearsal's clone", report.rehearsed_checks));
    return section;
}

PageSection plan_section(const Report& report) {
    PageSection section{"plan", "Plan and outcome"};
    for (const auto& plan : report.plans) {
        PageTable table{plan.step, {"Planned", "Came to", "Can be taken back"}, {}};
        if (!plan.reason.empty()) table.caption += ": " + plan.reason;
        for (const auto& action : plan.actions)
            table.rows.push_back(
                {quoted(action.summary), words(action.outcome, action.tone), words(action.reversible ? "yes" : "no")});
        if (!table.rows.empty()) section.tables.push_back(std::move(table));
        for (const auto& remark : plan.remarks) section.facts.push_back({plan.step, quoted(remark)});
    }
    return section;
}

PageSection rehearsal_section(const Report& report) {
    PageSection section{"migrations", "Migrations: prediction and outcome"};
    if (report.migrations.empty()) return section;
    PageTable table{
        "Each migration, as rehearsed and as it ran", {"Migration", "Predicted", "Took", "WAL", "Does"}, {}};
    for (const auto& migration : report.migrations) {
        PageText effects = migration.effects.empty() ? words("-") : quoted(migration.effects.front());
        if (!migration.effects.empty()) effects.more.assign(migration.effects.begin() + 1, migration.effects.end());
        table.rows.push_back({quoted(migration.name), number(say_known(migration.predicted)),
                              migration.took      ? number(say_duration(*migration.took))
                              : migration.applied ? words("applied", Tone::good)
                                                  : words("not applied", Tone::open),
                              number(migration.wal ? say_size(*migration.wal) : "-"), std::move(effects)});
    }
    section.tables.push_back(std::move(table));
    if (report.tries) section.facts.push_back({"Tries", words(std::to_string(*report.tries))});
    if (!report.way_down.empty()) section.facts.push_back({"Way down", quoted(report.way_down)});
    return section;
}

}  // namespace lastgood
