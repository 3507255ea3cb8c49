#include "database/extensions.hpp"

#include "database/session.hpp"

namespace lastgood {

std::map<std::string, std::string> installed_extensions(Session& session) {
    std::map<std::string, std::string> versions;
    for (const auto& row : session.query("select extname, extversion from pg_catalog.pg_extension"))
        versions[row[0].value_or("")] = row[1].value_or("");
    return versions;
}

}  // namespace lastgood
