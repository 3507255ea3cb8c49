#include "framework/framework.hpp"

#include "core/failure.hpp"
#include "core/names.hpp"
#include "framework/alembic_framework.hpp"
#include "framework/command_framework.hpp"
#include "framework/dbmate_framework.hpp"
#include "framework/django_framework.hpp"
#include "framework/rails_framework.hpp"
#include "framework/sqitch_framework.hpp"
#include "framework/sql_framework.hpp"

namespace lastgood {

const std::vector<FrameworkRow>& frameworks() {
    static const std::vector<FrameworkRow> rows{
        {"sql", {"lastgood_migrations"}, make_sql_framework},
        {"django", {"django_migrations"}, make_django_framework},
        {"alembic", {"alembic_version"}, make_alembic_framework},
        {"dbmate", {"schema_migrations"}, make_dbmate_framework},
        {"sqitch", {"sqitch.*"}, make_sqitch_framework},
        {"rails", {"schema_migrations", "ar_internal_metadata"}, make_rails_framework},
        {"command", {}, make_command_framework},
    };
    return rows;
}

bool is_ledger(const std::string& qualified_table) {
    for (const auto& row : frameworks())
        for (const auto& ledger : row.ledgers) {
            const bool whole_schema = ledger.ends_with(".*");
            if (whole_schema ? qualified_table.starts_with(ledger.substr(0, ledger.size() - 1))
                             : qualified_table.ends_with("." + ledger))
                return true;
        }
    return false;
}

std::unique_ptr<Framework> make_framework(const std::string& name, const FrameworkContext& context) {
    std::vector<std::string> names;
    std::string listed;
    for (const auto& row : frameworks()) {
        if (row.name == name) return row.make(context);
        names.push_back(row.name);
        listed += (listed.empty() ? "" : ", ") + row.name;
    }
    const std::string near = nearest(name, names);
    throw Failure(ExitCode::usage,
                  "there is no framework \"" + name + "\"" + (near.empty() ? "" : "; did you mean \"" + near + "\"?"),
                  "nothing", "set migrate.framework to one of: " + listed);
}

}  // namespace lastgood
