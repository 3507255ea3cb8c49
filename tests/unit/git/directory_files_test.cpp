#include "sandbox.hpp"

#include <map>

namespace lastgood::test {

namespace {

using Files = std::map<std::string, std::string>;

std::optional<Files> files_of(Sandbox& box, const std::string& directory) {
    return box.repository().directory_files(box.repository().resolve("HEAD"), directory, ".sql");
}

}  // namespace

TEST(FilesOfADirectory, AreThoseOfTheRevisionWithThatEnding) {
    Sandbox box;
    box.run(R"(cd app; mkdir -p db/more
printf 'select 1;\r\n' > db/1_a.sql; printf 'x\0y' > db/2_b.sql; echo x > db/notes.txt; echo x > db/more/3_c.sql
git add .; git commit -q -m all; echo changed > db/1_a.sql; echo x > db/4_untracked.sql)");
    const Files expected{{"1_a.sql", "select 1;\r\n"}, {"2_b.sql", std::string("x\0y", 3)}};
    for (const char* name : {"db", "db/", "./db", "db/more/.."}) EXPECT_EQ(files_of(box, name), expected) << name;
    EXPECT_EQ(files_of(box, "."), Files());
    EXPECT_EQ(files_of(box, "src"), Files());
}

TEST(FilesOfADirectory, AreNotSaidWhereOnlyAWorkTreeShowsThem) {
    Sandbox box;
    box.run(R"(cd app; mkdir plain linked pointed
echo x > plain/1_a.sql; ln -s plain link; ln -s ../plain/1_a.sql linked/1_a.sql
printf 'version https://git-lfs.github.com/spec/v1\noid sha256:%064d\nsize 3\n' 0 > pointed/1_a.sql
git add .; git commit -q -m all)");
    EXPECT_TRUE(files_of(box, "plain"));
    for (const char* name : {"link", "linked", "pointed", "nowhere", "plain/1_a.sql", "../app/plain", "/plain"})
        EXPECT_FALSE(files_of(box, name)) << name;
}

}  // namespace lastgood::test
