#pragma once

#include "pipeline/pipeline.hpp"

#include <filesystem>
#include <string>

namespace lastgood {

/// A value of the file, as written and with its references replaced.
struct Expanded {
    std::string written;
    std::string text;
    std::string variable;      ///< NAME, if the value as a whole is ${NAME}
    bool referring = false;    ///< holds a reference
    bool spelled_out = false;  ///< holds anything besides references
};

/// Replaces ${NAME} by the environment variable, ${file:PATH} by what the file holds (one newline at its end stripped;
/// a relative path counts from the pipeline's directory), $$ by a dollar. A `$` before anything else is itself. What
/// looks like a secret (by the variable's or file's name, or as a URL with a password) is added to the redaction.
class Expansion {
  public:
    Expansion(const Environment& environment, Redaction& redaction, std::filesystem::path directory);

    /// `key` names the value in messages. Throws Failure (2): no such variable or file, a reference that is none.
    Expanded expand(const std::string& written, const Place& place, std::string_view key) const;
    /// From here on it is printed as ***.
    void hide(const std::string& secret) const;

  private:
    std::string value_of(const std::string& reference, const Place& place, std::string_view key) const;
    std::string variable(const std::string& name, const Place& place, std::string_view key) const;
    std::string file(const std::string& path, const Place& place, std::string_view key) const;
    void hide_if_secret(const std::string& name, const std::string& value) const;

    const Environment& m_environment;
    Redaction& m_redaction;
    std::filesystem::path m_directory;
};

}  // namespace lastgood
