#include "projects.hpp"

#include <gtest/gtest.h>

namespace lastgood::test {
namespace {

using Names = std::vector<std::string>;

/// An application with bin/rails, as `rails new` makes it; the contract's own project has Active Record and a Rakefile.
class RailsFramework : public testing::Test {
  protected:
    void SetUp() override {
        m_world.settings.framework = "rails";
        m_world.settings.program = {"ruby", "bin/rails"};
        m_world.write("bin/rails", R"rb(
ENV['RAILS_ENV'] = 'production'
APP_PATH = File.expand_path('../config/application', __dir__)
require 'rails/commands'
)rb");
        m_world.write("config/application.rb", R"rb(
require 'rails'
require 'active_record/railtie'
class Shop < Rails::Application
  config.eager_load = false
  config.secret_key_base = 'x'
  config.active_record.dump_schema_after_migration = false
end
)rb");
        m_world.write("config/environment.rb", "require_relative 'application'\nRails.application.initialize!\n");
        m_world.write("config/database.yml", "production:\n  url: <%= ENV['DATABASE_URL'] %>\n");
        m_world.write("Rakefile", "require_relative 'config/application'\nRails.application.load_tasks\n");
    }
    void add(const std::string& file, const std::string& name, const std::string& body) {
        m_world.write("db/migrate/" + file + ".rb",
                      "class " + name + " < ActiveRecord::Migration[6.1]\n" + body + "\nend\n");
    }

    FrameworkWorld m_world;
};

TEST_F(RailsFramework, IsAskedAndMigratesByBinRails) {
    add("20260101000001_person", "Person", "  def change\n    create_table(:people) { |t| t.text :name }\n  end");
    add("20260101000002_indexed", "Indexed",
        "  disable_ddl_transaction!\n  def change\n    add_index :people, :name, algorithm: :concurrently\n  end");
    const auto rails = m_world.framework("rails");
    const Names all{"20260101000001", "20260101000002"};
    EXPECT_EQ(rails->migrations().pending, all);
    const auto described = rails->describe(all);
    EXPECT_EQ(described[0].one_transaction, std::optional(true));
    EXPECT_EQ(described[1].one_transaction, std::optional(false));
    EXPECT_TRUE(described[1].way_down);
    EXPECT_EQ(rails->guard_seen().lock_timeout, "500ms");
    EXPECT_EQ(m_world.migrate("rails").result.done, all);
}

TEST_F(RailsFramework, TakesAMissingFileForARefusalOnlyBeforeItMigrates) {
    add("20260101000001_broken", "Broken", "  def up\n    execute 'alter table missing add a int'\n  end");
    auto failure = failure_of([&] { m_world.migrate("rails"); });
    EXPECT_EQ(failure.code(), ExitCode::failed_changed) << failure.what_happened();
    EXPECT_NE(failure.what_happened().find("relation \"missing\" does not exist"), std::string::npos)
        << failure.what_happened();
    m_world.write("config/application.rb", "require 'no_such_gem'\n");
    failure = failure_of([&] { m_world.migrate("rails"); });
    EXPECT_EQ(failure.code(), ExitCode::refused);
    EXPECT_NE(failure.next().find("bundle, install"), std::string::npos) << failure.next();
}

}  // namespace
}  // namespace lastgood::test
