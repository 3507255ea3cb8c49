#include "store/directory_store.hpp"

#include "core/failure.hpp"
#include "outside/environment.hpp"
#include "outside/files.hpp"
#include "outside/interruption.hpp"
#include "outside/redaction.hpp"

#include <fstream>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace lastgood {

namespace {

namespace fs = std::filesystem;

unsigned mode_of(const fs::path& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777U : 0;
}

void make_old(const fs::path& path) {
    fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours(25));
}

/// Exit statuses of the child below.
enum Seen { full_and_nothing_left = 0, not_full = 1, left_something = 2, no_mount = 3 };

/// A store on a tmpfs of 256 kB, in a mount namespace that ends with this process.
Seen fill_a_small_disk(const fs::path& mount_point) {
    if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("tmpfs", mount_point.c_str(), "tmpfs", 0, "size=256k") != 0)
        return no_mount;
    DirectoryStore store(mount_point / "store");
    store.create("a/small", "1");
    try {
        store.create("a/big", std::string(1'000'000, 'x'));
        return not_full;
    } catch (const StoreError& error) {
        if (!error.full() || std::string(error.what()).find("a/big") == std::string::npos) return not_full;
    }
    const bool as_before = store.list("") == std::vector<std::string>{"a/small"} && store.create("a/next", "2") &&
                           *store.free_space() > 100'000;
    return as_before ? full_and_nothing_left : left_something;
}

}  // namespace

class DirectoryStoreTest : public testing::Test {
  protected:
    TemporaryDirectory parent{"lastgood-directory-store-"};
    fs::path root = parent.path() / "deep" / "store";
    DirectoryStore store{root};
};

TEST_F(DirectoryStoreTest, IsMadeOnFirstUse) {
    EXPECT_GT(*store.free_space(), 0U);
    EXPECT_FALSE(fs::exists(root));
    EXPECT_TRUE(store.create("a", "1"));
    EXPECT_EQ(store.address(), "file:" + root.string());
}

TEST(DirectoryStores, SayWhyTheyCannotBeMade) {
    const TemporaryDirectory directory("lastgood-store-");
    const auto file = directory.path() / "file";
    replace_file(file, "");
    EXPECT_EQ(DirectoryStore(file / "store").why_not_writable(), file.string() + ": Not a directory");
}

TEST_F(DirectoryStoreTest, ShowsNothingToOthers) {
    store.create("a/b", "1");
    const fs::path objects = *store.directory("rp/1/");
    fs::create_directories(objects / "dump");
    std::ofstream(objects / "dump" / "toc.dat") << "data";
    fs::permissions(objects / "dump", fs::perms(0777));
    fs::permissions(objects / "dump" / "toc.dat", fs::perms(0666));
    store.write("rp/1/b")->finish();
    store.settle("rp/1/");
    for (const char* directory : {"", "a", "rp/1", "rp/1/dump"})
        EXPECT_EQ(mode_of(root / directory), 0700U) << directory;
    for (const char* file : {"a/b", "rp/1/b", "rp/1/dump/toc.dat"}) EXPECT_EQ(mode_of(root / file), 0600U) << file;
}

TEST_F(DirectoryStoreTest, DoesNotListWhatAKilledWriterLeft) {
    store.create("a/b", "1");
    std::ofstream(root / "a" / ".draft-0123456789abcdef") << "ha";
    EXPECT_EQ(store.list(""), std::vector<std::string>{"a/b"});
}

TEST_F(DirectoryStoreTest, RemovesLitterOlderThanADay) {
    store.create("a/b", "1");
    const fs::path draft = root / "a" / ".draft-0123456789abcdef";
    std::ofstream(draft) << "ha";
    const auto growing = store.write("rp/1/a");
    EXPECT_EQ(store.remove_litter(), 0);

    make_old(draft);
    EXPECT_EQ(store.remove_litter(), 1);
    EXPECT_FALSE(fs::exists(draft));
    growing->finish();
    EXPECT_EQ(store.list(""), (std::vector<std::string>{"a/b", "rp/1/a"}));
}

TEST_F(DirectoryStoreTest, SettlesOnlyFilesWithNamesThatKeysCanHave) {
    const fs::path objects = *store.directory("rp/1/");
    fs::create_directories(objects);
    fs::create_symlink("/etc/passwd", objects / "link");
    EXPECT_THROW(store.settle("rp/1/"), StoreError);
    fs::remove(objects / "link");
    std::ofstream(objects / "a b") << "1";
    EXPECT_THROW(store.settle("rp/1/"), StoreError);
}

TEST_F(DirectoryStoreTest, NamesThePathAndTheReason) {
    std::ofstream(parent.path() / "file") << "1";
    DirectoryStore below_a_file(parent.path() / "file");
    EXPECT_EQ(below_a_file.get("a"), std::nullopt);
    try {
        below_a_file.create("a/b", "1");
        FAIL() << "created below a file";
    } catch (const StoreError& error) {
        EXPECT_NE(std::string(error.what()).find((parent.path() / "file").string()), std::string::npos) << error.what();
        EXPECT_NE(std::string(error.what()).find("Not a directory"), std::string::npos) << error.what();
        EXPECT_FALSE(error.full());
    }
}

TEST_F(DirectoryStoreTest, SaysThatTheDiskIsFullAndLeavesNothing) {
    if (::geteuid() != 0) GTEST_SKIP() << "mounting a small disk needs root";
    fs::create_directories(parent.path() / "small");
    const pid_t child = ::fork();
    ASSERT_NE(child, -1);
    if (child == 0) {
        int seen = left_something;
        try {
            seen = fill_a_small_disk(parent.path() / "small");
        } catch (const std::exception&) {
        }
        ::_exit(seen);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status));
    if (WEXITSTATUS(status) == no_mount) GTEST_SKIP() << "this machine lets nobody mount a small disk";
    EXPECT_EQ(WEXITSTATUS(status), full_and_nothing_left);
}

class OpenStore : public testing::Test {
  protected:
    std::unique_ptr<Store> open(const std::string& address) {
        return open_store(address, {m_environment, m_redaction, m_interruption});
    }

    Environment m_environment{{}};
    Redaction m_redaction;
    Interruption m_interruption;
};

TEST_F(OpenStore, KnowsDirectories) {
    EXPECT_EQ(open("file:/var/lib/lastgood")->address(), "file:/var/lib/lastgood");
    EXPECT_EQ(open("file:///var/lib/lastgood")->address(), "file:/var/lib/lastgood");
}

TEST_F(OpenStore, RefusesWhatItDoesNotKnow) {
    for (const char* address :
         {"", "/var/lib", "file:", "file:relative", "file://host/x", "s3://key:secret@bucket/x", "File:/x"}) {
        try {
            open(address);
            ADD_FAILURE() << address;
        } catch (const Failure& failure) {
            EXPECT_EQ(failure.code(), ExitCode::usage) << address;
            EXPECT_EQ(failure.what_happened().find("secret"), std::string::npos);
        }
    }
}

}  // namespace lastgood
