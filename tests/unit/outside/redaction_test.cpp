#include "outside/redaction.hpp"

#include <gtest/gtest.h>

namespace lastgood {
namespace {

TEST(PercentCode, KeepsOnlyUnreservedCharacters) {
    EXPECT_EQ(percent_encode("a b/c"), "a%20b%2Fc");
    EXPECT_EQ(percent_encode("A-z_0.9~\xc3\xa9"), "A-z_0.9~%C3%A9");
    EXPECT_EQ(percent_decode("a%20b%2fc%2F"), "a b/c/");
    EXPECT_EQ(percent_decode("100%"), "100%");
    EXPECT_EQ(percent_decode("%zz%4"), "%zz%4");
}

TEST(Redactions, ReplaceASecretWhereverItStands) {
    Redaction redaction;
    redaction.add("hunter2");
    EXPECT_EQ(redaction.clean("hunter2, hunter2hunter2."), "***, ******.");
    EXPECT_EQ(redaction.clean("nothing here"), "nothing here");
    EXPECT_EQ(redaction.clean(""), "");
}

TEST(Redactions, LeaveShortValuesAlone) {
    Redaction redaction;
    redaction.add("abc");
    redaction.add("");
    EXPECT_EQ(redaction.clean("abc"), "abc");
}

TEST(Redactions, KnowTheEncodedForms) {
    Redaction redaction;
    redaction.add("p@ss/w rd");
    EXPECT_EQ(redaction.clean("x p%40ss%2Fw%20rd y"), "x *** y");
    EXPECT_EQ(redaction.clean("x p%40ss%2fw%20rd y"), "x *** y");
}

TEST(Redactions, FindThePasswordOfAUrl) {
    Redaction redaction;
    redaction.add("postgres://app:s%40cret@db.example:5432/shop?sslmode=require");
    EXPECT_EQ(redaction.clean("password s%40cret is s@cret"), "password *** is ***");
    EXPECT_EQ(redaction.clean("postgres://app:s%40cret@db.example:5432/shop?sslmode=require"), "***");
    EXPECT_EQ(redaction.clean("host db.example user app"), "host db.example user app");
}

TEST(Redactions, FindThePasswordInTheQueryOfAUrl) {
    Redaction redaction;
    redaction.add("postgresql://db/shop?user=app&password=topsecret&sslmode=require");
    EXPECT_EQ(redaction.clean("topsecret require"), "*** require");
}

TEST(Redactions, FindThePasswordOfAConninfoString) {
    Redaction redaction;
    redaction.add("host=db password = 'it\\'s secret' user=app");
    redaction.add("host=db password=plainpass user=app");
    EXPECT_EQ(redaction.clean("it's secret, plainpass, app"), "***, ***, app");
}

TEST(Redactions, ReplaceLongestFormsFirst) {
    Redaction redaction;
    redaction.add("secret");
    redaction.add("secret-and-more");
    EXPECT_EQ(redaction.clean("secret-and-more secret"), "*** ***");
}

TEST(Redactions, LeaveNoEndOfAnOverlappingSecret) {
    Redaction redaction;
    redaction.add("abcdef");
    redaction.add("defghi");
    EXPECT_EQ(redaction.clean("<abcdefghi>"), "<***>");
}

TEST(Redactions, KnowEachLineOfAKeyFile) {
    Redaction redaction;
    redaction.add("-----BEGIN KEY-----\nMIIEvQIBADAN\n-----END KEY-----\n");
    EXPECT_EQ(redaction.clean("MIIEvQIBADAN"), "***");
}

}  // namespace
}  // namespace lastgood
