#include "database/client_programs.hpp"

#include "core/failure.hpp"
#include "outside/environment.hpp"
#include "outside/files.hpp"
#include "outside/interruption.hpp"
#include "outside/process.hpp"
#include "outside/redaction.hpp"
#include "support/postgres_cluster.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace lastgood {
namespace {

class ClientProgramsOfAServer : public testing::Test {
  protected:
    void write_program(const std::string& name, const std::string& version) {
        const auto path = m_directory.path() / name;
        std::ofstream(path) << "#!/bin/sh\necho '" << name << " (PostgreSQL) " << version << "'\n";
        std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    }
    Environment environment() const {
        auto variables = Environment::of_process().all();
        variables["LASTGOOD_PG_BINDIR"] = m_directory.path();
        return Environment(variables);
    }

    TemporaryDirectory m_directory{"client-programs"};
    Interruption m_interruption;
    Redaction m_redaction;
    Environment m_process = Environment::of_process();
    Processes m_processes{m_interruption, m_redaction, m_process};
};

TEST_F(ClientProgramsOfAServer, AreThoseOfItsMajorVersion) {
    const test::PostgresCluster& cluster = test::PostgresCluster::shared();
    const std::string version = cluster.sql("postgres", "select split_part(current_setting('server_version'), ' ', 1)");
    const auto programs = ClientPrograms::of_major(std::stoi(version), m_processes, m_process);
    EXPECT_EQ(programs.version().substr(0, 3), version.substr(0, 3));
    EXPECT_TRUE(std::filesystem::exists(programs.pg_restore()));
}

TEST_F(ClientProgramsOfAServer, AreRefusedWhenTheyAreOfAnother) {
    for (const char* program : {"pg_dump", "pg_restore", "psql"}) write_program(program, "14.9 (Debian 14.9-1)");
    EXPECT_EQ(ClientPrograms::of_major(14, m_processes, environment()).version(), "14.9");
    for (const int major : {15, 1}) {
        try {
            ClientPrograms::of_major(major, m_processes, environment());
            FAIL();
        } catch (const Failure& failure) {
            EXPECT_EQ(failure.code(), ExitCode::refused);
            EXPECT_NE(failure.what_happened().find("has 14.9"), std::string::npos) << failure.what_happened();
            EXPECT_TRUE(failure.next().starts_with("apt-get install postgresql-client-" + std::to_string(major)));
        }
    }
}

TEST_F(ClientProgramsOfAServer, AreRefusedWhenOneIsMissing) {
    write_program("pg_dump", "15.1");
    EXPECT_THROW(ClientPrograms::of_major(15, m_processes, environment()), Failure);
    EXPECT_THROW(ClientPrograms::of_major(99, m_processes, m_process), Failure);
}

}  // namespace
}  // namespace lastgood
