#include "store/xml.hpp"

#include <random>

#include <gtest/gtest.h>

namespace lastgood {
namespace {

TEST(Xml, IsReadWithItsTextsAndChildren) {
    const XmlElement root = read_xml(
        "<?xml version=\"1.0\"?>\n<!-- said by a service -->\n<s:List xmlns:s='http://x/>' a = "
        "\"1\"><Key>a&amp;b&lt;&#x43;&#68;</Key>"
        "<Empty/><Key>two</Key><Raw><![CDATA[<&>]]></Raw ></s:List>\n");
    EXPECT_EQ(root.name, "List");
    ASSERT_EQ(root.children.size(), 4U);
    EXPECT_EQ(root.text_of("Key"), "a&b<CD");
    EXPECT_EQ(root.text_of("Raw"), "<&>");
    EXPECT_EQ(root.text_of("Empty"), "");
    EXPECT_EQ(root.child("None"), nullptr);
}

TEST(Xml, ThatIsRubbishIsRefused) {
    for (const char* rubbish : {"",
                                " ",
                                "hello",
                                "<",
                                "<>",
                                "<a",
                                "<a>",
                                "<a></b>",
                                "<a><b></a></b>",
                                "<a/><b/>",
                                "<a/>text",
                                "<a b></a>",
                                "<a b=c></a>",
                                "<a>&nbsp;</a>",
                                "<a>&#0;</a>",
                                "<a>&#999;</a>",
                                "<a>&#x;</a>",
                                "<a>&amp</a>",
                                "<a><![CDATA[</a>",
                                "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>",
                                "<html><br></html>",
                                "{\"a\":1}",
                                "<a><!-- </a>"})
        EXPECT_THROW(read_xml(rubbish), XmlError) << rubbish;
    EXPECT_THROW(read_xml(std::string("<a>\0", 4)), XmlError);
}

TEST(Xml, IsNotReadDeeperThanAServiceNests) {
    std::string deep;
    for (int i = 0; i < 100'000; ++i) deep += "<a>";
    EXPECT_THROW(read_xml(deep), XmlError);
}

TEST(Xml, ThatWasSpoiltIsReadOrRefused) {
    const std::string whole = "<List><Key a='b'>x&amp;y</Key><!-- z --><![CDATA[q]]><E/></List>";
    std::mt19937 random(1);
    for (int i = 0; i < 20'000; ++i) {
        std::string spoilt = whole.substr(0, random() % (whole.size() + 1));
        for (unsigned hits = random() % 4; hits > 0 && !spoilt.empty(); --hits)
            spoilt[random() % spoilt.size()] = static_cast<char>(random() % 256);
        try {
            read_xml(spoilt);
        } catch (const XmlError&) {
            continue;
        }
    }
}

}  // namespace
}  // namespace lastgood
