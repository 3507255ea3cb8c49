#include "database/properties.hpp"

#include "core/failure.hpp"
#include "owned_databases.hpp"

namespace lastgood {
namespace {

class Properties : public OwnedDatabases {
  protected:
    static void SetUpTestSuite() {
        OwnedDatabases::SetUpTestSuite();
        test::PostgresCluster::shared().sql("postgres",
                                            "CREATE ROLE \"reads=all/\"\"\" LOGIN; CREATE ROLE grants LOGIN");
    }
};

constexpr const char* k_hostile_settings =
    "SET search_path TO \"$user\", \"Ä, \"\"b\"\"\", public;"
    "SET app.text TO 'it''s = \\ \"x\", y';"
    "SET \"App.Empty\" TO '';"
    "SET work_mem TO '13MB';"
    "SET temp_tablespaces TO '';"
    "SET timezone TO 'Europe/Berlin';"
    "SET default_transaction_read_only TO off";

std::string for_each_setting(const std::string& subject, const std::string& settings) {
    std::string statements;
    std::size_t begin = 0;
    while (begin < settings.size()) {
        const auto end = std::min(settings.find(';', begin), settings.size());
        statements += subject + " " + settings.substr(begin, end - begin) + ";";
        begin = end + 1;
    }
    return statements;
}

TEST_F(Properties, GoRoundWithHostileSettingsAndPrivileges) {
    const std::string name = create_owned("Prop \"Ä\" 'b' \\", "");
    Session admin = open();
    const std::string quoted = admin.quote_name(name);
    m_cluster.sql("postgres", for_each_setting("ALTER DATABASE " + quoted, k_hostile_settings));
    m_cluster.sql("postgres",
                  for_each_setting("ALTER ROLE \"the app's role\" IN DATABASE " + quoted, k_hostile_settings));
    m_cluster.sql("postgres", "ALTER DATABASE " + quoted + " CONNECTION LIMIT 42; COMMENT ON DATABASE " + quoted +
                                  " IS 'it''s \\ mine'; REVOKE ALL ON DATABASE " + quoted +
                                  " FROM PUBLIC; GRANT CONNECT ON DATABASE " + quoted +
                                  " TO \"reads=all/\"\"\"; GRANT TEMP, CONNECT ON DATABASE " + quoted +
                                  " TO grants WITH GRANT OPTION; SET ROLE grants; GRANT CONNECT ON DATABASE " + quoted +
                                  " TO \"the app's role\"");
    const DatabaseProperties wanted = read_properties(admin, name);
    EXPECT_EQ(wanted.owner, k_owner);
    EXPECT_EQ(wanted.connection_limit, 42);
    EXPECT_EQ(wanted.comment, "it's \\ mine");
    EXPECT_EQ(wanted.settings.size(), 2U);
    EXPECT_FALSE(wanted.acl_is_default);
    const std::string copy = m_cluster.create_database("prop_copy");
    m_cluster.sql("postgres",
                  "ALTER DATABASE prop_copy SET work_mem TO '1MB'; ALTER DATABASE prop_copy SET geqo TO off");
    EXPECT_FALSE(compare_properties(wanted, read_properties(admin, copy)).empty());
    EXPECT_EQ(apply_properties(admin, copy, wanted), std::vector<std::string>{});
    DatabaseProperties found = read_properties(admin, copy);
    EXPECT_EQ(compare_properties(wanted, found), std::vector<std::string>{});
    found.comment = wanted.comment;
    EXPECT_EQ(found, wanted);
    EXPECT_EQ(statements_for_properties(admin, copy, wanted), std::vector<std::string>{});
    Session app = open(copy, k_app);
    EXPECT_EQ(app.value("SHOW app.text"), "it's = \\ \"x\", y");
    EXPECT_EQ(app.value("SHOW search_path"), open(name, k_app).value("SHOW search_path"));
}

TEST_F(Properties, OfADefaultDatabaseComeBackOnOneThatWasChanged) {
    const std::string name = create_owned("prop_default", "");
    Session admin = open();
    const DatabaseProperties wanted = read_properties(admin, name);
    EXPECT_TRUE(wanted.acl_is_default);
    const std::string copy = m_cluster.create_database("prop_changed");
    m_cluster.sql("postgres",
                  "REVOKE ALL ON DATABASE prop_changed FROM PUBLIC; GRANT CREATE ON DATABASE prop_changed TO grants");
    EXPECT_EQ(apply_properties(admin, copy, wanted), std::vector<std::string>{});
    EXPECT_EQ(compare_properties(wanted, read_properties(admin, copy)), std::vector<std::string>{});
}

TEST_F(Properties, ThatAPlainOwnerMayNotSetAreSaid) {
    const std::string name = create_owned("prop_plain", "");
    m_cluster.sql(
        "postgres",
        "ALTER DATABASE prop_plain SET work_mem TO '9MB'; ALTER DATABASE prop_plain SET log_statement TO 'all';"
        "ALTER ROLE \"the app's role\" IN DATABASE prop_plain SET work_mem TO '8MB'");
    Session owner = open("postgres", k_owner);
    const DatabaseProperties wanted = read_properties(owner, name);
    create_owned("prop_plain_copy", "");
    const auto refused = apply_properties(owner, "prop_plain_copy", wanted);
    ASSERT_EQ(refused.size(), 2U);
    EXPECT_NE((refused[0] + refused[1]).find("log_statement"), std::string::npos);
    EXPECT_NE((refused[0] + refused[1]).find("the app's role"), std::string::npos);
    EXPECT_EQ(open("prop_plain_copy").value("SHOW work_mem"), "9MB");
}

TEST_F(Properties, OfARoleThatIsGoneAreSaidToo) {
    const std::string name = create_owned("prop_gone", "");
    Session admin = open();
    DatabaseProperties wanted = read_properties(admin, name);
    wanted.owner = "gone";
    const auto refused = apply_properties(admin, name, wanted);
    ASSERT_FALSE(refused.empty());
    EXPECT_NE(refused[0].find("role \"gone\" does not exist"), std::string::npos);
}

TEST_F(Properties, OfNoDatabaseAreRefused) {
    Session admin = open();
    EXPECT_THROW(read_properties(admin, "not there"), Failure);
}

TEST_F(Properties, ThatDifferAreSentences) {
    Session admin = open();
    const DatabaseProperties one = read_properties(admin, "postgres");
    DatabaseProperties other = one;
    other.connection_limit = 3;
    other.comment = "other";
    EXPECT_TRUE(compare_properties(one, other).empty());
    other.collate = "xx";
    other.settings[""] = {"work_mem=1MB"};
    EXPECT_EQ(compare_properties(one, other),
              (std::vector<std::string>{"collation is \"xx\", \"" + one.collate + "\" expected",
                                        "settings are work_mem=1MB; none expected"}));
}

}  // namespace
}  // namespace lastgood
