#pragma once

#include "database/connection_url.hpp"
#include "database/session.hpp"
#include "outside/interruption.hpp"
#include "support/comes_true.hpp"
#include "support/postgres_cluster.hpp"

#include <string>

#include <gtest/gtest.h>

namespace lastgood {

using test::comes_true;

/// Databases that belong to a plain owner: a role with CREATEDB and pg_signal_backend and no more, beside the
/// superuser.
class OwnedDatabases : public testing::Test {
  protected:
    static constexpr const char* k_owner = "Plain \"Owner\" Ä";
    static constexpr const char* k_app = "the app's role";

    static void SetUpTestSuite() {
        auto& cluster = test::PostgresCluster::shared();
        if (!cluster.sql("postgres", "SELECT 1 FROM pg_roles WHERE rolname = 'owns little'").empty()) return;
        cluster.sql("postgres",
                    "CREATE ROLE \"owns little\" LOGIN;"
                    "CREATE ROLE \"Plain \"\"Owner\"\" Ä\" LOGIN CREATEDB; CREATE ROLE \"the app's role\" LOGIN;"
                    "GRANT pg_signal_backend TO \"Plain \"\"Owner\"\" Ä\"");
    }

    ConnectionUrl url(const std::string& database = "postgres", const std::string& role = "postgres") {
        return ConnectionUrl(Secret(m_cluster.url(database, role)));
    }
    Session open(const std::string& database = "postgres", const std::string& role = "postgres",
                 const std::string& application = "test") {
        return {url(database, role), application, m_interruption};
    }
    /// A new database of the plain owner's, with `statements` run in it by the owner.
    std::string create_owned(const std::string& name, const std::string& statements) {
        Session owner = open("postgres", k_owner);
        owner.execute("CREATE DATABASE " + owner.quote_name(name) + " TEMPLATE template0");
        if (!statements.empty()) open(name, k_owner).execute(statements);
        return name;
    }
    std::uint32_t oid(const std::string& name) {
        return static_cast<std::uint32_t>(
            std::stoul(*open().value("SELECT oid FROM pg_database WHERE datname = $1", {name})));
    }

    test::PostgresCluster& m_cluster = test::PostgresCluster::shared();
    Interruption m_interruption;
};

}  // namespace lastgood
