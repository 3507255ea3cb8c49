#pragma once

#include <string>
#include <vector>

namespace lastgood {

struct Checkout;

/// A framework that the repository shows, and how it is started there.
struct Migrator {
    std::string framework;             ///< "django"
    std::string directory;             ///< migrate.directory
    std::string sign;                  ///< what shows it: "api/manage.py"
    std::vector<std::string> program;  ///< where it is not started as it usually is
    std::string program_sign;          ///< what says so: "poetry.lock"
    std::vector<std::string> prepare;  ///< what installs what it needs; empty where nothing says
    std::string prepare_sign;
};

/// All of them, the likeliest first: by framework, then the one nearest to the top. What lies below directories of
/// tests, examples and vendored code does not count.
std::vector<Migrator> find_migrators(const Checkout& checkout);

}  // namespace lastgood
