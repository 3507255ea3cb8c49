#include "record/run_record.hpp"

#include "outside/crash_point.hpp"
#include "outside/environment.hpp"
#include "record_place.hpp"

#include <csignal>
#include <fstream>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace lastgood {

using test::failure_of;
using test::k_scope;

class RunRecordTest : public testing::Test {
  protected:
    RunRecord record(Store& of) { return {of, k_scope, "github-1"}; }
    RunRecord record() { return record(*place.store); }
    std::filesystem::path file(int number) const {
        return place.root() / "shop/production/runs/github-1" / ("00000" + std::to_string(number) + ".json");
    }
    std::filesystem::path spool_file(int number) const {
        return place.parent.path() / "spool/shop/production/runs/github-1" /
               ("00000" + std::to_string(number) + ".json");
    }
    void spoil(int number, const std::string& bytes) const { std::ofstream(file(number)) << bytes; }
    static void note(RunRecord& record, const std::string& name, const Json& value = 1) {
        record.append("note", "migrate", {{"name", name}, {"value", value}});
    }
    static std::vector<std::string> names(const RunRecord& record) {
        std::vector<std::string> names;
        for (const auto& event : record.events()) names.push_back(event.data.at("name"));
        return names;
    }

    test::RecordPlace place;
    std::filesystem::path spool = place.parent.path() / "spool";
};

using Names = std::vector<std::string>;

TEST_F(RunRecordTest, NumbersEventsWithoutGaps) {
    RunRecord writer = record();
    EXPECT_TRUE(writer.events().empty());
    note(writer, "a");
    note(writer, "b");
    RunRecord next = record();
    note(next, "c");
    const auto events = record().events();
    ASSERT_EQ(events.size(), 3U);
    for (std::size_t i = 0; i < events.size(); ++i) EXPECT_EQ(events[i].number, static_cast<int>(i) + 1);
    EXPECT_EQ(names(record()), (Names{"a", "b", "c"}));
    EXPECT_TRUE(std::filesystem::exists(file(3)));
    EXPECT_EQ(names(writer), (Names{"a", "b", "c"}));
}

TEST_F(RunRecordTest, KeepsRunsApartWhateverTheyAreCalled) {
    RunRecord hostile(*place.store, "../etc/..", "../../x");
    hostile.append("note", "", {{"name", "x"}});
    EXPECT_EQ(hostile.events().size(), 1U);
    EXPECT_EQ(place.store->list("").size(), 1U);
    EXPECT_TRUE(record().events().empty());
}

TEST_F(RunRecordTest, WritesTextThatIsNotUtf8) {
    RunRecord writer = record();
    note(writer, "a", "caf\xe9");
    EXPECT_EQ(record().events().front().data["value"], "caf\xef\xbf\xbd");
}

TEST_F(RunRecordTest, RefusesTheSecondProgramWhateverTheTypesOfTheirEvents) {
    RunRecord first = record();
    RunRecord second = record();
    EXPECT_TRUE(first.events().empty());
    EXPECT_TRUE(second.events().empty());
    first.append("step-begun", "migrate");
    for (int i = 0; i < 2; ++i) {
        const Failure failure = failure_of([&] { second.append("note", "verify", {{"name", "x"}}); });
        EXPECT_EQ(failure.code(), ExitCode::locked);
        EXPECT_NE(failure.what_happened().find("event 1 of run github-1"), std::string::npos);
    }
    EXPECT_EQ(second.state().steps.size(), 1U);
    note(second, "after a look");
    EXPECT_EQ(record().events().size(), 2U);
}

TEST_F(RunRecordTest, LetsOneOfManyProgramsWriteANumber) {
    constexpr int k_rounds = 10;
    for (int round = 1; round <= k_rounds; ++round) {
        const RunRecord loaded = record();
        ASSERT_EQ(loaded.events().size(), static_cast<std::size_t>(round) - 1);
        const int won = test::winners(place, 4, [&loaded](Store&, int number) {
            RunRecord racing = loaded;  // as if each had read the record at the same instant
            try {
                racing.append(number % 2 == 0 ? "step-begun" : "weather", "migrate");
                return true;
            } catch (const Failure& failure) {
                if (failure.code() != ExitCode::locked) throw;
                return false;
            }
        });
        ASSERT_EQ(won, 1);
        ASSERT_EQ(record().events().size(), static_cast<std::size_t>(round));
    }
}

TEST_F(RunRecordTest, NamesTheKeyOfATornEvent) {
    RunRecord writer = record();
    note(writer, "a");
    note(writer, "b");
    for (const char* bytes : {"", "{", R"({"format":1,"number":1,"type":"note","at":"t"})"}) {
        spoil(2, bytes);
        const Failure failure = failure_of([&] { record().state(); });
        EXPECT_EQ(failure.code(), ExitCode::failed_clean);
        EXPECT_NE(failure.what_happened().find("shop/production/runs/github-1/000002.json"), std::string::npos);
    }
    // Well-formed, but nothing that can be folded: the file is named all the same.
    spoil(2, R"({"format":1,"number":2,"type":"step-ended","at":"t","step":"migrate","data":{}})");
    EXPECT_NE(failure_of([&] { record().state(); }).what_happened().find(file(2).string()), std::string::npos);
    spoil(2, R"({"format":2})");
    EXPECT_EQ(failure_of([&] { record().state(); }).code(), ExitCode::refused);
}

TEST_F(RunRecordTest, SeesThatAnEventWasRemoved) {
    RunRecord writer = record();
    note(writer, "a");
    note(writer, "b");
    note(writer, "c");
    std::filesystem::remove(file(2));
    EXPECT_EQ(failure_of([&] { record().state(); }).code(), ExitCode::failed_clean);
}

TEST_F(RunRecordTest, LeavesAloneFilesWithOtherNames) {
    RunRecord writer = record();
    note(writer, "a");
    std::ofstream(file(1).parent_path() / "README") << "hello";
    std::ofstream(file(1).parent_path() / "2.json") << "{";
    EXPECT_EQ(names(record()), (Names{"a"}));
}

TEST_F(RunRecordTest, SpoolsWithoutAskingTheStore) {
    RunRecord writer = record();
    note(writer, "a");
    writer.spool_to(spool);
    // Nothing can be written or read below a file.
    std::filesystem::rename(place.root(), place.parent.path() / "away");
    std::ofstream(place.root()) << "the store is down";
    note(writer, "b");
    note(writer, "c");
    EXPECT_EQ(names(writer), (Names{"a", "b", "c"}));
    EXPECT_EQ(writer.state().notes.size(), 3U);
    EXPECT_THROW(writer.flush_spool(), StoreError);
    EXPECT_TRUE(std::filesystem::exists(spool_file(2)));

    std::filesystem::remove(place.root());
    std::filesystem::rename(place.parent.path() / "away", place.root());
    writer.flush_spool();
    EXPECT_FALSE(std::filesystem::exists(spool_file(2)));
    EXPECT_EQ(names(record()), (Names{"a", "b", "c"}));
    note(writer, "d");
    EXPECT_TRUE(std::filesystem::exists(file(4)));
}

TEST_F(RunRecordTest, FindsWhatAKilledProgramSpooled) {
    {
        RunRecord killed = record();
        note(killed, "a");
        killed.spool_to(spool);
        note(killed, "b");
        note(killed, "c");
    }
    RunRecord next = record();
    EXPECT_EQ(names(next), (Names{"a"}));
    next.spool_to(spool);
    EXPECT_EQ(names(next), (Names{"a", "b", "c"}));
    next.flush_spool();
    EXPECT_EQ(names(record()), (Names{"a", "b", "c"}));
}

TEST_F(RunRecordTest, FlushesOnceWhatWasFlushedBeforeTheProgramWasKilled) {
    RunRecord killed = record();
    killed.spool_to(spool);
    note(killed, "a");
    note(killed, "b");
    std::filesystem::create_directories(file(1).parent_path());
    std::filesystem::copy_file(spool_file(1), file(1));
    RunRecord next = record();
    next.spool_to(spool);
    EXPECT_EQ(names(next), (Names{"a", "b"}));
    killed.flush_spool();
    EXPECT_EQ(names(record()), (Names{"a", "b"}));
}

TEST_F(RunRecordTest, SetsAsideWhatTheRecordWentOnWithout) {
    RunRecord killed = record();
    killed.spool_to(spool);
    note(killed, "lost");
    RunRecord other = record();
    note(other, "a");
    EXPECT_EQ(failure_of([&] { killed.flush_spool(); }).code(), ExitCode::locked);
    EXPECT_TRUE(std::filesystem::exists(spool_file(1)));

    RunRecord next = record();
    next.spool_to(spool);
    next.flush_spool();
    EXPECT_EQ(names(next), (Names{"a"}));
    EXPECT_FALSE(std::filesystem::exists(spool_file(1)));
    EXPECT_TRUE(std::filesystem::exists(spool_file(1).string() + ".left-behind"));
}

TEST_F(RunRecordTest, CanBeKilledRightBeforeAndRightAfterAnEvent) {
    const std::vector<std::pair<std::string, std::size_t>> points{{"before:1", 0}, {"after:1", 1},  {"before:2", 1},
                                                                  {"after:2", 2},  {"before:3", 2}, {"after:3", 3}};
    for (const auto& [point, written] : points) {
        const pid_t child = ::fork();
        ASSERT_NE(child, -1);
        if (child == 0) {
            CrashPoint crash(Environment({{"LASTGOOD_TEST_CRASH", point}}));
            RunRecord killed(*place.store, k_scope, point, &crash);
            note(killed, "a");
            killed.spool_to(spool);
            note(killed, "b");
            killed.flush_spool();
            note(killed, "c");
            ::_exit(0);
        }
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << point;
        RunRecord next(*place.store, k_scope, point);
        next.spool_to(spool);
        next.flush_spool();
        EXPECT_EQ(next.events().size(), written) << point;
    }
}

/// A store that writes and then gives no answer, once.
class SilentStore : public Store {
  public:
    explicit SilentStore(Store& inner) : m_inner(inner) {}
    bool silent = false;
    std::string address() const override { return m_inner.address(); }
    std::optional<std::string> get(const std::string& key) const override { return m_inner.get(key); }
    bool create(const std::string& key, std::string_view bytes) override {
        const bool created = m_inner.create(key, bytes);
        if (std::exchange(silent, false)) throw StoreError("no answer");
        return created;
    }
    std::vector<std::string> list(const std::string& prefix) const override { return m_inner.list(prefix); }
    std::vector<std::string> list_parts(const std::string& prefix) const override { return m_inner.list_parts(prefix); }
    void remove(const std::string& key) override { m_inner.remove(key); }
    std::unique_ptr<ObjectWriter> write(const std::string& key) override { return m_inner.write(key); }
    std::unique_ptr<ObjectReader> read(const std::string& key) const override { return m_inner.read(key); }
    void settle(const std::string& prefix) override { m_inner.settle(prefix); }
    std::optional<std::filesystem::path> directory(const std::string& prefix) const override {
        return m_inner.directory(prefix);
    }
    std::optional<Time> last_change(const std::string& prefix) const override { return m_inner.last_change(prefix); }
    std::optional<std::uint64_t> free_space() const override { return m_inner.free_space(); }
    std::optional<std::string> why_not_writable() const override { return m_inner.why_not_writable(); }
    int remove_litter() override { return m_inner.remove_litter(); }

  private:
    Store& m_inner;
};

TEST_F(RunRecordTest, GoesOnAfterAnAnswerThatGotLost) {
    SilentStore silent(*place.store);
    RunRecord writer = record(silent);
    note(writer, "a");
    silent.silent = true;
    EXPECT_THROW(note(writer, "b"), StoreError);
    note(writer, "c");
    EXPECT_EQ(names(record()), (Names{"a", "b", "c"}));
}

}  // namespace lastgood
