#include "framework/framework.hpp"

#include "core/failure.hpp"
#include "core/names.hpp"
#include "framework/django_framework.hpp"
#include "framework/sql_framework.hpp"

namespace lastgood {

const std::vector<FrameworkRow>& frameworks() {
    static const std::vector<FrameworkRow> rows{
        {"sql", "lastgood_migrations", make_sql_framework},
        {"django", "django_migrations", make_django_framework},
    };
    return rows;
}

std::unique_ptr<Framework> make_framework(const std::string& name, const FrameworkContext& context) {
    std::vector<std::string> names;
    for (const auto& row : frameworks()) {
        if (row.name == name) return row.make(context);
        names.push_back(row.name);
    }
    const std::string near = nearest(name, names);
    throw Failure(ExitCode::usage,
                  "there is no framework \"" + name + "\"" + (near.empty() ? "" : "; did you mean \"" + near + "\"?"),
                  "nothing", "set migrate.framework to sql or django");
}

}  // namespace lastgood
