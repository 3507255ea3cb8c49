#pragma once

#include "core/secret.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace lastgood {

/// Where in the file something stands, for messages: "lastgood.yaml:12:7".
struct Place {
    std::string file;
    int line = 0;    ///< from 1; 0: nowhere (a default)
    int column = 0;  ///< from 1
    std::string text() const;
};

using Argv = std::vector<std::string>;
using Milliseconds = std::chrono::milliseconds;

/// What an application calls the parts of its database's address, where it has no URL.
struct DatabaseVariables {
    std::string name = "DATABASE_NAME";
    std::string user = "DATABASE_USER";
    std::string password = "DATABASE_PASSWORD";
    std::string host = "DATABASE_HOST";
    std::string port = "DATABASE_PORT";
};

/// A value that came from ${NAME}: which variable it was, so that a child can be handed the same one.
struct SecretValue {
    Secret value;
    std::string
        variable;  ///< "DATABASE_URL"; "" if it came from ${file:...} or was written literally (no password in it)
    Place place = {};
    std::optional<DatabaseVariables> parts = {};  ///< a database's URL that a child is handed in parts too
};

}  // namespace lastgood
