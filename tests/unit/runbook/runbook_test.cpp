#include "runbook/runbook.hpp"

#include <algorithm>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

namespace lastgood {

namespace {

RunbookFacts facts_of_a_run() {
    RunbookFacts facts;
    facts.run = "github-7";
    facts.scope = "shop/production";
    facts.now = "the restore point is taken, and nothing is migrated yet";
    facts.server = {{{"PGHOST", "db.example"}, {"PGUSER", "shop owner"}}, "`$DATABASE_URL`"};
    facts.live = "it's \"x\"";
    facts.maintenance = "postgres";
    facts.work_prefix = "lastgood/1f2e/";
    facts.restore_point = "rp-1";
    facts.point_directory = "/var/lib/last good/rp-1";
    RunbookSwap swap;
    swap.standby = "standby";
    swap.by_hand = "by hand";
    swap.failed = "failed";
    swap.returned = "returned";
    swap.failed_mark = R"({"kind":"failed","snapshot":"@snapshot@","successor":"0","at":"@time@"})";
    swap.returned_mark = R"({"kind":"returned","successor":"0"})";
    RunbookObjects objects;
    objects.engine = "snapshot";
    objects.keys = {"schema.dump", "data/000001.sql.zst", "data/index.json", "sequences.sql"};
    objects.properties.owner = "shop owner";
    objects.properties.encoding = "UTF8";
    TableFacts table;
    table.schema = "public";
    table.name = "orders";
    table.rows = 500;
    objects.tables = {table};
    swap.objects = objects;
    facts.swap = swap;
    facts.good = {"9c1e2aa", "git push origin HEAD:main", {}};
    return facts;
}

bool has(const std::string& text, const std::string& piece) {
    return text.find(piece) != std::string::npos;
}

std::size_t at(const std::string& text, const std::string& piece) {
    const auto found = text.find(piece);
    EXPECT_NE(found, std::string::npos) << piece << " is not in\n" << text;
    return found;
}

}  // namespace

TEST(Runbook, HasASectionForEachSituationInThisOrder) {
    const std::string text = runbook_text(facts_of_a_run());
    std::size_t last = 0;
    for (const char* title :
         {"## 1. First", "## 2. The database takes no connections", "## 3. Return the data to the restore point",
          "## 4. Return the code", "## 5. Undo a return", "## 6. Where everything is"}) {
        EXPECT_GT(at(text, title), last);
        last = at(text, title);
    }
}

TEST(Runbook, QuotesNamesForSqlAndForTheShell) {
    const std::string text = runbook_text(facts_of_a_run());
    EXPECT_TRUE(has(text, R"(-c 'ALTER DATABASE "it'\''s ""x""" ALLOW_CONNECTIONS false')"));
    EXPECT_TRUE(has(text, "export PGUSER='shop owner'\n"));
    EXPECT_TRUE(has(text, "export point='/var/lib/last good/rp-1'"));
}

TEST(Runbook, ANameThatLooksLikeAConnectionStringIsNotReadAsOne) {
    RunbookFacts facts = facts_of_a_run();
    facts.maintenance = "host=evil";
    EXPECT_TRUE(has(runbook_text(facts), R"(-d 'dbname='\''host=evil'\''')"));
}

TEST(Runbook, HasNoHereDocumentSoThatIndentedCommandsWorkToo) {
    EXPECT_FALSE(has(runbook_text(facts_of_a_run()), "<<"));
}

TEST(Runbook, SwapsWithinOneTransactionAndOpensAgainIfThatFails) {
    const std::string text = runbook_text(facts_of_a_run());
    const auto renames = at(text, "-d postgres -1 \\\n");
    EXPECT_GT(text.find("RENAME TO \"failed\"", renames), renames);
    EXPECT_GT(text.find("ALTER DATABASE \"standby\" RENAME TO", renames), renames);
    EXPECT_GT(at(text, "the database is open as it was"), renames);
}

TEST(Runbook, SaysThatASwapWasNotDoneOnlyBeforeItIs) {
    const std::string text = runbook_text(facts_of_a_run());
    const auto said = at(text, "it was not done");
    EXPECT_GT(text.find("ALTER DATABASE \"failed\" ALLOW_CONNECTIONS true"), said);
    EXPECT_LT(at(text, "-c lock_timeout=5s -c statement_timeout=10s\" psql"), said);
}

TEST(Runbook, WithoutARestorePointThereIsNothingToReturn) {
    RunbookFacts facts = facts_of_a_run();
    facts.restore_point.clear();
    facts.swap.reset();
    EXPECT_TRUE(has(runbook_text(facts), "There is none yet"));
    EXPECT_EQ(return_commands(facts), "");
}

TEST(Runbook, ReadsEncryptedObjectsThroughAgeAndNotTheIndex) {
    RunbookFacts facts = facts_of_a_run();
    facts.encrypted = true;
    facts.swap->objects->encrypted = true;
    for (auto& key : facts.swap->objects->keys) key += ".age";
    const std::string text = runbook_text(facts);
    EXPECT_TRUE(has(text, "for f in \"$point\"/data/*.sql.zst.age; do age -d -i \"$LASTGOOD_AGE_IDENTITY_FILE\""));
    EXPECT_TRUE(has(text, "schema.dump.age > \"$work\"/schema.dump"));
    EXPECT_TRUE(has(text, "`LASTGOOD_AGE_IDENTITY_FILE` names"));
}

TEST(Runbook, WhereTheApplicationIsToldTheDatabasesKeepTheirNames) {
    RunbookFacts facts = facts_of_a_run();
    facts.swap->point_at_standby = "aws point at standby";
    facts.swap->point_at_by_hand = "aws point at by hand";
    facts.swap->point_back = "aws point back";
    const std::string text = runbook_text(facts);
    EXPECT_FALSE(has(text, "RENAME TO"));
    EXPECT_LT(at(text, "aws point at standby"), at(text, "aws point at by hand"));
    EXPECT_LT(at(text, "aws point at by hand"), at(text, "aws point back"));
}

TEST(Runbook, WhereTheyKeepTheirNamesAReturnThatIsDoneIsUndoneByClosingTheRestoredOne) {
    RunbookFacts facts = facts_of_a_run();
    facts.live = "standby";  // it is live now
    facts.swap->done = true;
    facts.swap->failed = "shop";
    facts.swap->point_at_standby = "aws point at standby";
    facts.swap->point_at_by_hand = "aws point at by hand";
    facts.swap->point_back = "aws point back";
    const std::string text = runbook_text(facts);
    const std::string undo = text.substr(at(text, "## 5."));
    EXPECT_TRUE(has(text, "It is returned already: what was live before is shop."));
    EXPECT_TRUE(has(undo, "What was live before the return is shop "));
    EXPECT_TRUE(has(undo, "Close standby and open shop."));
    EXPECT_LT(at(undo, "ALTER DATABASE \"standby\" ALLOW_CONNECTIONS false"), at(undo, "aws point back"));
    EXPECT_FALSE(has(undo, "ALTER DATABASE \"shop\" ALLOW_CONNECTIONS false"));
    EXPECT_FALSE(has(undo, "ALTER DATABASE \"shop\" CONNECTION LIMIT 0"));
    // lastgood may have died before it told the application.
    EXPECT_GT(at(text, "aws point at standby"), at(text, "### If the application was not told yet"));
    EXPECT_TRUE(has(return_commands(facts), "aws point at standby"));
}

TEST(Runbook, ALimitThatIsNotKnownIsNotTouched) {
    RunbookFacts facts = facts_of_a_run();
    const auto closed = [&facts] {
        const std::string text = runbook_text(facts);
        return text.substr(at(text, "## 2."), at(text, "## 3.") - at(text, "## 2."));
    };
    EXPECT_TRUE(has(closed(), "ALLOW_CONNECTIONS true"));
    EXPECT_FALSE(has(closed(), "CONNECTION LIMIT"));
    facts.live_connection_limit = 20;
    EXPECT_TRUE(has(closed(), "CONNECTION LIMIT 20"));
    facts.may_be_closed = false;
    EXPECT_FALSE(has(closed(), "ALTER DATABASE"));
}

TEST(Runbook, WhatSpeaksAgainstAReturnStandsBeforeItsCommands) {
    RunbookFacts facts = facts_of_a_run();
    facts.doubts = {"Nothing was migrated."};
    const std::string text = runbook_text(facts);
    EXPECT_GT(at(text, "**Nothing was migrated.**"), at(text, "## 3."));
    EXPECT_LT(at(text, "**Nothing was migrated.**"), at(text, "### With the kept standby"));
    const std::string commands = return_commands(facts);
    EXPECT_LT(at(commands, "# **Nothing was migrated.**"), at(commands, "ALTER DATABASE \"standby\" RENAME TO"));
}

TEST(Runbook, WhatIsFetchedIsNobodyElsesToReadAndIsCheckedWhole) {
    RunbookFacts facts = facts_of_a_run();
    facts.point_directory.clear();
    facts.point_fetch = "aws s3 cp --recursive s3://b/rp-1/ \"$point\"";
    facts.swap->objects->keys = {"schema.dump", "it's.sql.zst"};
    facts.swap->objects->digests = {"abc", "def"};
    const std::string text = runbook_text(facts);
    EXPECT_LT(at(text, "export work=$(mktemp -d)\n"), at(text, "export point=\"$work\"/point\n"));
    EXPECT_TRUE(has(text, "printf '%s\\n' \\\n  'abc  schema.dump' \\\n  'def  it'\\''s.sql.zst' | sha256sum --check"));
}

TEST(Runbook, LongWorkIsEndedByNoTimeout) {
    const std::string text = runbook_text(facts_of_a_run());
    const std::string free = "export PGOPTIONS=\"${PGOPTIONS:-} -c statement_timeout=0 -c lock_timeout=0\"\n";
    EXPECT_LT(text.rfind(free, at(text, "CREATE DATABASE")), at(text, "CREATE DATABASE"));
    EXPECT_TRUE(has(text, free + "pg_restore -l"));
    EXPECT_TRUE(has(text, free + "differences="));
}

TEST(Runbook, TheCommandsForAFailedRollbackAreThoseOfTheRunbook) {
    const RunbookFacts facts = facts_of_a_run();
    const std::string text = runbook_text(facts);
    const std::string commands = return_commands(facts);
    EXPECT_TRUE(has(commands, "export PGHOST=db.example"));
    EXPECT_TRUE(has(commands, "ALTER DATABASE \"standby\" RENAME TO"));
    std::size_t begin = 0;
    for (auto end = commands.find('\n'); end != std::string::npos; begin = end + 1, end = commands.find('\n', begin)) {
        const std::string line = commands.substr(begin, end - begin);
        EXPECT_TRUE(has(text, line.starts_with("# ") ? line.substr(2) : line)) << line;
    }
    EXPECT_LT(at(commands, "# Stop the application before"), at(commands, "ALTER DATABASE \"standby\" RENAME TO"));
}

TEST(Runbook, AfterAFailedRollbackTheFirstWayThatHasCommandsIsPrinted) {
    RunbookFacts facts = facts_of_a_run();
    facts.swap->standby.clear();
    const std::string commands = return_commands(facts);
    EXPECT_TRUE(has(commands, "ALTER DATABASE \"by hand\" RENAME TO")) << commands;
    facts.swap->done = true;
    EXPECT_EQ(return_commands(facts), "");
}

TEST(Runbook, ANameEndsNoBlockOfCommands) {
    RunbookFacts facts = facts_of_a_run();
    const std::string name = "x\n```\n### Then\n```sh\ntouch /tmp/owned\n```\n";
    facts.swap->objects->tables.front().name = name;
    facts.swap->objects->subscriptions = {name};
    facts.swap->standby = name;
    facts.places = {"the standby: " + name};
    const std::string text = runbook_text(facts);
    // As Markdown is read: a block ends at the first line that is a row of at least as many.
    std::string fence;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        const std::string row = line.substr(0, std::min(line.find_first_not_of('`'), line.size()));
        if (fence.empty()) {
            EXPECT_FALSE(line.starts_with("### Then") || line.starts_with("touch")) << text;
            if (row.size() >= 3) fence = row;
        } else if (row.size() >= fence.size() && row == line) {
            fence.clear();
        } else {
            EXPECT_FALSE(fence == "```" && line.starts_with("touch")) << text;
        }
    }
    EXPECT_EQ(fence, "");
    EXPECT_FALSE(has(return_commands(facts), "# x\n"));
}

TEST(Runbook, ComparesTheLargestOfVeryManyTablesAndSaysSo) {
    RunbookFacts facts = facts_of_a_run();
    TableFacts table;
    table.schema = "public";
    facts.swap->objects->tables.clear();
    for (int i = 0; i < 600; ++i) {
        table.name = "t" + std::to_string(i);
        table.rows = static_cast<std::uint64_t>(i);
        facts.swap->objects->tables.push_back(table);
    }
    const std::string text = runbook_text(facts);
    EXPECT_TRUE(has(text, "the 500 largest of 600 tables"));
    EXPECT_TRUE(has(text, "\"t599\""));
    EXPECT_FALSE(has(text, "\"t99\""));
}

TEST(Runbook, WhatSomebodyElseBringsBackIsSaidInHisCommands) {
    RunbookFacts facts = facts_of_a_run();
    facts.swap.reset();
    facts.foreign =
        RunbookForeign{{{"Restore.", "heroku pg:backups:restore b001"}}, {{"", "heroku pg:backups:restore b002"}}};
    facts.let_in = {{"", "heroku maintenance:off"}};
    const std::string text = runbook_text(facts);
    EXPECT_LT(at(text, "heroku maintenance:off"), at(text, "pg:backups:restore b001"));
    EXPECT_LT(at(text, "pg:backups:restore b001"), at(text, "pg:backups:restore b002"));
}

}  // namespace lastgood
