#pragma once

#include <string>
#include <vector>

namespace lastgood {

struct Checkout;
struct Migrator;

/// How a migrator in Python is started and what it needs is installed, as the project's lock file or requirements say.
/// `inside`: what the tool of a lock
/// file starts.
void let_python_run(Migrator& migrator, const std::vector<std::string>& inside, const Checkout& checkout);
/// As its Gemfile.lock says.
void let_bundler_install(Migrator& migrator, const Checkout& checkout);

}  // namespace lastgood
