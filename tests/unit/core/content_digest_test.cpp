#include "core/content_digest.hpp"

#include <array>
#include <stdexcept>
#include <utility>

#include <gtest/gtest.h>

namespace lastgood {
namespace {

std::int64_t hash(std::string_view bytes, std::int64_t seed = 0) {
    return static_cast<std::int64_t>(postgres_hash(bytes, static_cast<std::uint64_t>(seed)));
}

/// The first `length` characters of a..z0..9, again and again.
std::string sample(std::size_t length) {
    const std::string once = "abcdefghijklmnopqrstuvwxyz0123456789";
    std::string text;
    while (text.size() < length) text += once;
    text.resize(length);
    return text;
}

std::string digest_of_lines(std::initializer_list<std::string_view> lines) {
    ContentDigest digest;
    for (const auto line : lines) digest.add_copy_line(line);
    return digest.text();
}

std::string digest_of(const std::vector<std::optional<std::string>>& row) {
    ContentDigest digest;
    digest.add(row);
    return digest.text();
}

// Every number here was answered by PostgreSQL 15: select hashtextextended(... collate "C", seed).
TEST(PostgresHash, IsTheServersForEveryLengthOfTail) {
    constexpr std::array<std::pair<std::size_t, std::int64_t>, 45> answers{
        {{0, -6939563903564495251},   {1, 3591986179850072241},    {2, 2833316173711343549},
         {3, -6747756470228489321},   {4, -1038429303365892052},   {5, 3076356108696143428},
         {6, 290958262752763840},     {7, -6158032784613548338},   {8, -8882191227074733005},
         {9, -3278210106038014113},   {10, -3183301415634409076},  {11, 3112909444737856467},
         {12, -7556637188122330412},  {13, 8871624171452417744},   {14, 4973135103275945525},
         {15, 9043359162837317271},   {16, 878954068520307163},    {17, 981995727863167554},
         {18, 484589330715449564},    {19, -232611774418841497},   {20, 772495730612720881},
         {21, 7996419909667933074},   {22, 5065299895581918398},   {23, -1198571854151947912},
         {24, -1933194731779935345},  {25, 5649064133428767341},   {26, -6612928417832572997},
         {27, -2380771206696995028},  {28, 6812267027916543695},   {29, 945567879077619982},
         {30, -6220525620039254070},  {31, 2158826814634153154},   {32, 3549018472450668904},
         {33, 5090768811159989509},   {34, 8980361962424279172},   {35, -7327977299585643623},
         {36, -9049552497159076100},  {37, -9220224058095379688},  {38, -5893328480139946359},
         {39, -8932151832209534548},  {40, 2243281146988268394},   {100, 5933543775974218085},
         {255, -1833258873655285006}, {256, -6626118663571254448}, {300, 8805464420966596524}}};
    for (const auto& [length, answer] : answers) EXPECT_EQ(hash(sample(length)), answer) << length;
}

TEST(PostgresHash, MixesTheSeedIn) {
    EXPECT_EQ(hash("hello", 42), -5084431038376545807);
    EXPECT_EQ(hash("hello world, here we are", -7), -4267335545646018825);
}

TEST(PostgresHash, TakesBytesAsTheyAre) {
    EXPECT_EQ(hash("\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9"), -5694160335528428308);
    EXPECT_EQ(hash("\u20acuro"), 3891669509441853212);
}

// The lines are what COPY printed for a table of these three rows, the digest what the definition as SQL said of it.
TEST(ContentDigests, AreTheServersForItsCopyStream) {
    EXPECT_EQ(
        digest_of_lines({"x\\ty\\\\\\nz\\b\\f\\rv\t1\t\\\\x00ff\t\\N", "\t\\N\t\\N\t\\\\N", "\u20ac\t-5\t\\\\x\t-"}),
        "3158346101106224932/3");
    ContentDigest digest;
    digest.add({"x\ty\\\nz\b\f\rv", "1", "\\x00ff", std::nullopt});
    digest.add({"", std::nullopt, std::nullopt, "\\N"});
    digest.add({"\u20ac", "-5", "\\x", "-"});
    EXPECT_EQ(digest.text(), "3158346101106224932/3");
    EXPECT_EQ(digest.rows(), 3U);
}

TEST(ContentDigests, DoNotDependOnTheOrderOfRows) {
    EXPECT_EQ(digest_of_lines({"1\ta", "2\tb"}), digest_of_lines({"2\tb", "1\ta"}));
    EXPECT_NE(digest_of_lines({"1\ta", "2\tb"}), digest_of_lines({"1\tb", "2\ta"}));
}

TEST(ContentDigests, CountRowsThatAreTheSame) {
    EXPECT_EQ(ContentDigest().text(), "0/0");
    EXPECT_NE(digest_of_lines({"a"}), digest_of_lines({"a", "a"}));
}

TEST(ContentDigests, SumBeyondSixtyFourBits) {
    ContentDigest digest;
    for (int i = 0; i < 3; ++i) digest.add_copy_line("b");
    EXPECT_EQ(hash("1:b"), 4895410078368175391);
    EXPECT_EQ(digest.text(), "14686230235104526173/3");
}

TEST(ContentDigests, TellNullFromItsText) {
    EXPECT_NE(digest_of({std::nullopt}), digest_of({"-"}));
    EXPECT_NE(digest_of({std::nullopt}), digest_of({""}));
    EXPECT_NE(digest_of({"a", "b"}), digest_of({"ab", ""}));
    EXPECT_EQ(digest_of_lines({"\\N"}), digest_of({std::nullopt}));
    EXPECT_EQ(digest_of_lines({""}), digest_of({""}));
    EXPECT_EQ(digest_of_lines({"\t"}), digest_of({"", ""}));
    EXPECT_EQ(digest_of_lines({"a\\N"}), digest_of({"aN"}));
}

TEST(ContentDigests, UndoEveryEscapeOfCopy) {
    EXPECT_EQ(digest_of_lines({R"(\b\f\n\r\t\v\\)"}), digest_of({"\b\f\n\r\t\v\\"}));
    EXPECT_EQ(digest_of_lines({R"(\101\x42\x4g\7z\0601)"}), digest_of({"AB\x04g\az01"}));
    EXPECT_EQ(digest_of_lines({R"(\xyz\.\q)"}), digest_of({"xyz.q"}));
}

TEST(ContentDigests, RefuseWhatIsNoLineOfACopyStream) {
    ContentDigest digest;
    EXPECT_THROW(digest.add_copy_line("a\\"), std::invalid_argument);
    EXPECT_THROW(digest.add_copy_line("\\."), std::invalid_argument);
    EXPECT_THROW(digest.add_copy_line("a\nb"), std::invalid_argument);
    EXPECT_EQ(digest.text(), "0/0");
}

TEST(ContentDigest, TakesColumnsInTheOrderThatWasAnnounced) {
    ContentDigest digest({"b", "c", "a"});
    digest.add_copy_line("two\tthree\t\\N");
    EXPECT_EQ(digest.text(), digest_of({std::nullopt, "two", "three"}));
}

TEST(ContentDigest, RefusesALineWithOtherColumnsThanWereAnnounced) {
    ContentDigest digest({"b", "a"});
    EXPECT_THROW(digest.add_copy_line("1"), std::invalid_argument);
    EXPECT_THROW(digest.add_copy_line("1\t2\t3"), std::invalid_argument);
    EXPECT_THROW(ContentDigest(std::vector<std::string>{}).add_copy_line("1"), std::invalid_argument);
    EXPECT_EQ(digest.rows(), 0U);
}

TEST(ContentDigest, CountsRowsWithoutColumns) {
    ContentDigest digest(std::vector<std::string>{});
    digest.add_copy_line("");
    EXPECT_EQ(digest.text(), digest_of({}));
}

TEST(ContentDigest, OfPartsIsThatOfTheWhole) {
    ContentDigest whole;
    ContentDigest part;
    ContentDigest other;
    for (const std::string_view line : {"1\tx", "2\ty", "3\tz"}) whole.add_copy_line(line);
    part.add_copy_line("3\tz");
    other.add_copy_line("1\tx");
    other.add_copy_line("2\ty");
    part.add_part(other);
    EXPECT_EQ(part.text(), whole.text());
}

}  // namespace
}  // namespace lastgood
