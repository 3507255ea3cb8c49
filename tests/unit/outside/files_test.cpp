#include "outside/files.hpp"

#include "outside/sha256.hpp"

#include <atomic>
#include <cerrno>
#include <sys/mount.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>

namespace lastgood {
namespace {

namespace fs = std::filesystem;

struct Files : testing::Test {
    std::size_t entries() const {
        return static_cast<std::size_t>(std::distance(fs::directory_iterator(place.path()), fs::directory_iterator()));
    }
    TemporaryDirectory place{"lastgood-test-"};
};

TEST_F(Files, AreReplacedWhole) {
    const auto path = place.path() / "a" / "b" / "file";
    replace_file(path, "one");
    replace_file(path, std::string("t\0wo", 4));
    EXPECT_EQ(read_file(path), std::string("t\0wo", 4));
    replace_file(path, "");
    EXPECT_EQ(read_file(path), "");
}

TEST_F(Files, AreCreatedOnce) {
    const auto path = place.path() / "000001.json";
    EXPECT_TRUE(create_file(path, "first"));
    EXPECT_FALSE(create_file(path, "second"));
    EXPECT_EQ(read_file(path), "first");
    EXPECT_EQ(entries(), 1U);
}

TEST_F(Files, AreCreatedByOneOfTwoThreads) {
    for (int round = 0; round < 50; ++round) {
        const auto path = place.path() / std::to_string(round);
        std::atomic<int> ready{0};
        std::atomic<int> winner{0};
        std::atomic<int> wins{0};
        const auto race = [&](int number) {
            ++ready;
            while (ready < 2) std::this_thread::yield();
            if (!create_file(path, std::to_string(number))) return;
            winner = number;
            ++wins;
        };
        std::thread first(race, 1);
        std::thread second(race, 2);
        first.join();
        second.join();
        ASSERT_EQ(wins, 1);
        ASSERT_EQ(read_file(path), std::to_string(winner));
    }
    EXPECT_EQ(entries(), 50U) << "drafts are left";
}

TEST_F(Files, NameThePathAndTheReason) {
    try {
        read_file(place.path() / "none");
        FAIL();
    } catch (const FileError& error) {
        EXPECT_EQ(error.what(), "cannot read " + (place.path() / "none").string() + ": No such file or directory");
        EXPECT_EQ(error.error_number(), ENOENT);
        EXPECT_FALSE(error.disk_full());
    }
    EXPECT_THROW(read_file(place.path()), FileError);
    replace_file(place.path() / "file", "x");
    EXPECT_THROW(replace_file(place.path() / "file" / "below", "x"), FileError);
    EXPECT_THROW(replace_file(place.path(), "x"), FileError);
}

TEST_F(Files, SayThatTheDiskIsFull) {
    EXPECT_TRUE(FileError("x", EDQUOT).disk_full());
    if (::mount("tmpfs", place.path().c_str(), "tmpfs", 0, "size=64k") != 0) GTEST_SKIP() << "no right to mount";
    const std::string much(1 << 20, 'x');
    try {
        EXPECT_TRUE(create_file(place.path() / "small", "x"));
        create_file(place.path() / "large", much);
        ADD_FAILURE() << "it had room";
    } catch (const FileError& error) {
        EXPECT_TRUE(error.disk_full()) << error.what();
    }
    EXPECT_LE(free_space(place.path()), 65536U);
    EXPECT_EQ(entries(), 1U) << "the draft is left";
    EXPECT_EQ(::umount(place.path().c_str()), 0);
}

TEST_F(Files, AreFlushedAsATree) {
    replace_file(place.path() / "a" / "one", std::string(1000, 'x'));
    replace_file(place.path() / "b" / "c" / "two", std::string(24, 'x'));
    fs::create_symlink("/nonexistent", place.path() / "b" / "dangling");
    EXPECT_NO_THROW(flush_tree(place.path()));
    EXPECT_THROW(flush_tree(place.path() / "none"), FileError);
}

TEST_F(Files, FindTheSpaceOfAPathThatDoesNotExistYet) {
    EXPECT_GT(free_space(place.path() / "not" / "yet"), 0U);
}

TEST(TemporaryDirectories, ArePrivateAndGoAway) {
    fs::path path;
    {
        const TemporaryDirectory directory("lastgood-test-");
        path = directory.path();
        replace_file(path / "a" / "b", "x");
        struct stat status {};
        ASSERT_EQ(::stat(path.c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 0777U, 0700U);
    }
    EXPECT_FALSE(fs::exists(path));
    EXPECT_THROW(TemporaryDirectory("x", "/nonexistent"), FileError);
}

TEST(TemporaryDirectories, StayIfKept) {
    const TemporaryDirectory outer("lastgood-test-");
    fs::path path;
    {
        TemporaryDirectory inner("inner-", outer.path());
        inner.keep();
        path = inner.path();
    }
    EXPECT_TRUE(fs::exists(path));
    EXPECT_EQ(path.parent_path(), outer.path());
}

TEST(Sha256Digest, IsWhatSha256sumSays) {
    EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    Sha256 much;
    for (int i = 0; i < 1000; ++i) much.add(std::string(1000, 'a'));
    EXPECT_EQ(much.hex(), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

}  // namespace
}  // namespace lastgood
