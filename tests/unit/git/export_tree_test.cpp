#include "sandbox.hpp"

namespace lastgood::test {

namespace {

std::filesystem::path export_of(Sandbox& box, const std::string& spec) {
    auto target = box.path("exported");
    std::filesystem::create_directory(target);
    box.repository().export_tree(box.repository().resolve(spec), target);
    return target;
}

}  // namespace

TEST(AnExportedTree, IsWhatGitItselfWouldCheckOut) {
    Sandbox box;
    box.run(R"(cd app
printf 'line\r\nline\n' > mixed.txt; printf 'a\0b' > binary; : > nothing
mkdir -p deep/er; echo '#!/bin/sh' > deep/er/run; chmod +x deep/er/run
ln -s ../src/app.txt deep/link; ln -s /absent dangling; echo 'x' > 'ein Name mit Umlaut ü'
git add .; git commit -q -m all)");
    export_of(box, "HEAD");
    box.run("git clone -q app expected; rm -rf expected/.git; diff -r --no-dereference expected exported");
    const std::string modes = "find . -mindepth 1 -printf '%P %y %m %l\\n' | sort";
    EXPECT_EQ(box.run("cd exported; " + modes), box.run("cd expected; " + modes));
    EXPECT_EQ(box.run("readlink exported/deep/link exported/dangling"), "../src/app.txt\n/absent");
    EXPECT_EQ(box.run("test -x exported/deep/er/run && test ! -x exported/src/app.txt && echo fine"), "fine");
}

TEST(AnExportedTree, IsThatOfTheRevisionAndNotOfTheWorkTree) {
    Sandbox box;
    box.run("cd app; echo changed > src/app.txt; echo x > untracked");
    export_of(box, "good");
    EXPECT_EQ(box.run("cat exported/src/app.txt; ls -A exported"), "one\n.gitignore\nsrc");
}

TEST(AnExportedTree, IgnoresLineEndConversion) {
    Sandbox box;
    box.run("cd app; git config core.autocrlf true");
    export_of(box, "good");
    EXPECT_EQ(box.run("wc -c < exported/src/app.txt"), "4");
}

TEST(AnExport, RefusesSubmodulesByName) {
    Sandbox box;
    box.run(
        "cd app; git -c protocol.file.allow=always submodule --quiet add $PWD/../other lib/sub; git commit -q -m sub");
    EXPECT_PRED2(says, refusal_of([&] { export_of(box, "HEAD"); }), "\"lib/sub\" is a submodule");
}

TEST(AnExport, RefusesLfsPointersByName) {
    Sandbox box;
    box.run(R"(cd app; mkdir data
printf 'version https://git-lfs.github.com/spec/v1\noid sha256:%064d\nsize 3\n' 0 > data/big.bin
git add .; git commit -q -m lfs)");
    EXPECT_PRED2(says, refusal_of([&] { export_of(box, "HEAD"); }), "\"data/big.bin\" is kept in Git LFS");
}

TEST(AnExport, TakesAFileThatOnlySpeaksOfLfs) {
    Sandbox box;
    box.run("cd app; echo 'see version https://git-lfs.github.com/spec/v1' > notes; git add .; git commit -q -m notes");
    export_of(box, "HEAD");
    EXPECT_TRUE(std::filesystem::exists(box.path("exported/notes")));
}

TEST(AnExport, WritesNothingOutsideOfItsTarget) {
    for (const std::string name : {"..", ".git", ".GIT", "."}) {
        Sandbox box;
        box.run("cd app; name=" + name + R"(
file=$(echo evil | git hash-object -w --stdin)
tree=$(printf '100644 blob %s\tfile\n' $file | git mktree)
python3 -c 'import sys; sys.stdout.buffer.write(b"40000 %s\0" % sys.argv[1].encode() + bytes.fromhex(sys.argv[2]))' \
    $name $tree > raw
git tag evil $(git commit-tree -m evil $(git hash-object -t tree -w --literally raw)))");
        EXPECT_PRED2(says, refusal_of([&] { export_of(box, "evil"); }), "cannot be written: \"" + name + "\"") << name;
        EXPECT_FALSE(std::filesystem::exists(box.path("file")));
    }
}

TEST(AnExport, SaysWhatItCannotWrite) {
    Sandbox box;
    const auto head = box.repository().resolve("HEAD");
    EXPECT_PRED2(says, refusal_of([&] { box.repository().export_tree(head, box.path("absent")); }), "cannot write");
}

}  // namespace lastgood::test
