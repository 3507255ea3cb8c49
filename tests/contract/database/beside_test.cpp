#include "database/beside.hpp"

#include "core/failure.hpp"
#include "database/database_mark.hpp"
#include "database/properties.hpp"
#include "owned_databases.hpp"

#include <algorithm>

namespace lastgood {
namespace {

class Beside : public OwnedDatabases {
  protected:
    static DatabaseMark mark(const std::string& kind) {
        DatabaseMark made;
        made.kind = kind;
        made.scope = "Ä shop/'production'";
        made.run = "github-1";
        made.restore_point = "rp-7f3a";
        made.revision = {"9c1e2aa", "77aa"};
        made.manifest = "ab12";
        made.snapshot = "10:20:11,12";
        made.original = 4294967295U;
        made.at = "2026-11-22T15:04:05.123Z";
        return made;
    }
    DatabaseProperties like(Session& session, const std::string& name = "postgres") {
        return read_properties(session, name);
    }
    std::vector<MarkedDatabase> marked(Session& session) { return marked_databases(session, mark("").scope); }
};

TEST_F(Beside, TheMarkGoesRoundInTheComment) {
    Session owner = open("postgres", k_owner);
    const std::string name = "beside \"Ä\" 1";
    create_beside(owner, name, like(owner), mark("copy"));
    set_mark(owner, name, mark("standby"));
    const auto found = marked(owner);
    const auto mine = std::find_if(found.begin(), found.end(), [&](const auto& one) { return one.name == name; });
    ASSERT_NE(mine, found.end());
    EXPECT_EQ(mine->oid, oid(name));
    EXPECT_EQ(mark_text(mine->mark), mark_text(mark("standby")));
    EXPECT_EQ(mine->mark.scope, mark("").scope);
    EXPECT_EQ(mine->mark.original, 4294967295U);
    EXPECT_TRUE(marked_databases(owner, "other").empty());
    drop_marked(owner, owner.url(), name, mark("").scope, {"standby"});
    EXPECT_FALSE(database_exists(owner, name));
}

TEST_F(Beside, CommentsThatAreNoMarkAreIgnored) {
    for (const auto* comment : {"", "{", "[]", "null", "my database", "{\"lastgood\":2}", "{\"lastgood\":\"1\"}"}) {
        EXPECT_FALSE(parse_mark(comment)) << comment;
    }
    EXPECT_TRUE(parse_mark("{\"lastgood\":1,\"kind\":7,\"original\":\"x\"}"));
}

TEST_F(Beside, TheCopyHasEncodingAndLocaleOfTheOriginal) {
    m_cluster.sql("postgres", "CREATE DATABASE beside_latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'");
    m_cluster.sql("postgres",
                  "CREATE DATABASE beside_icu TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'"
                  " LOCALE_PROVIDER icu ICU_LOCALE 'de-u-co-phonebk'");
    Session admin = open();
    for (const std::string original : {"beside_latin", "beside_icu"}) {
        const DatabaseProperties wanted = like(admin, original);
        create_beside(admin, original + "_copy", wanted, mark("copy"));
        EXPECT_EQ(compare_properties(wanted, like(admin, original + "_copy")), std::vector<std::string>{});
        drop_marked(admin, admin.url(), original + "_copy", mark("").scope, {"copy"});
    }
}

TEST_F(Beside, WithoutTheRightItIsRefusedAndTheRightIsNamed) {
    Session little = open("postgres", "owns little");
    try {
        create_beside(little, "beside_refused", like(little), mark("copy"));
        FAIL() << "created";
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.code(), ExitCode::refused);
        EXPECT_NE(failure.next().find("ALTER ROLE \"owns little\" CREATEDB"), std::string::npos) << failure.next();
    }
    EXPECT_FALSE(database_exists(little, "beside_refused"));
}

TEST_F(Beside, WhatExistsIsNotTouched) {
    Session owner = open("postgres", k_owner);
    create_owned("beside_there", "");
    try {
        create_beside(owner, "beside_there", like(owner), mark("copy"));
        FAIL() << "created";
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.code(), ExitCode::failed_clean);
    }
    EXPECT_TRUE(marked(owner).empty());
}

TEST_F(Beside, SealedMeansNobodyIsInAndNobodyGetsIn) {
    Session owner = open("postgres", k_owner);
    create_owned("beside_sealed", "");
    Session inside = open("beside_sealed", k_app);
    seal(owner, "beside_sealed");
    EXPECT_TRUE(comes_true([&] { return !inside.alive(); }));
    EXPECT_THROW(open("beside_sealed"), Failure);
    unseal(owner, "beside_sealed");
    EXPECT_TRUE(open("beside_sealed", k_app).alive());
}

TEST_F(Beside, OnlyWhatCarriesTheMarkIsDropped) {
    Session owner = open("postgres", k_owner);
    create_owned("beside_unmarked", "");
    EXPECT_THROW(drop_marked(owner, owner.url(), "beside_unmarked", mark("").scope, {"copy"}), Failure);
    set_mark(owner, "beside_unmarked", mark("failed"));
    EXPECT_THROW(drop_marked(owner, owner.url(), "beside_unmarked", mark("").scope, {"copy", "standby"}), Failure);
    EXPECT_THROW(drop_marked(owner, owner.url(), "beside_unmarked", "other", {"failed"}), Failure);
    EXPECT_THROW(drop_marked(owner, owner.url(), "not there", mark("").scope, {"failed"}), Failure);
    EXPECT_TRUE(open("beside_unmarked", k_owner).alive());
    Session inside = open("beside_unmarked", k_app);
    drop_marked(owner, owner.url(), "beside_unmarked", mark("").scope, {"failed"});
    EXPECT_FALSE(database_exists(owner, "beside_unmarked"));
}

class Subscribed : public Beside {
  protected:
    /// A failed database that has a subscription, whose slot on another server must survive.
    void make(const std::string& name) {
        create_owned(name, "CREATE TABLE t (id int primary key)");
        m_publisher.sql("postgres", "CREATE TABLE IF NOT EXISTS t (id int primary key)");
        m_publisher.sql("postgres", "CREATE PUBLICATION " + name + " FOR TABLE t");
        m_cluster.sql(name,
                      "CREATE SUBSCRIPTION \"Sub's Ä\" CONNECTION 'host=127.0.0.1 user=postgres dbname=postgres port=" +
                          std::to_string(m_publisher.port()) + "' PUBLICATION " + name + " WITH (slot_name = '" + name +
                          "')");
        Session admin = open();
        set_mark(admin, name, mark("failed"));
        admin.execute("ALTER DATABASE " + name + " CONNECTION LIMIT 0");
    }
    std::string slots() { return m_publisher.sql("postgres", "SELECT count(*) FROM pg_replication_slots"); }

    test::PostgresCluster m_publisher{"wal_level = logical"};
};

TEST_F(Subscribed, ADatabaseIsDroppedWithoutItsRemoteSlot) {
    make("beside_subscribed");
    Session admin = open();
    admin.execute("ALTER DATABASE beside_subscribed ALLOW_CONNECTIONS false");
    drop_marked(admin, admin.url(), "beside_subscribed", mark("").scope, {"failed"});
    EXPECT_FALSE(database_exists(admin, "beside_subscribed"));
    EXPECT_TRUE(slots().starts_with("1"));
}

TEST_F(Subscribed, ADatabaseIsKeptWhereTheSubscriptionIsNotOurs) {
    make("beside_kept");
    Session owner = open("postgres", k_owner);
    try {
        drop_marked(owner, owner.url(), "beside_kept", mark("").scope, {"failed"});
        FAIL() << "dropped";
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.code(), ExitCode::failed_clean);
        EXPECT_NE(failure.what_happened().find("Sub's Ä"), std::string::npos);
    }
    EXPECT_EQ(open().value("SELECT datconnlimit FROM pg_database WHERE datname = 'beside_kept'"), "0");
    Session admin = open();
    drop_marked(admin, url(), "beside_kept", mark("").scope, {"failed"});
    EXPECT_TRUE(slots().starts_with("1"));
}

}  // namespace
}  // namespace lastgood
