#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace lastgood {

class Interruption;
class Processes;
struct CommonOptions;

/// The step programs, found beside this one.
class Siblings {
  public:
    explicit Siblings(Processes& processes);
    /// Failure (2) if `lastgood-<step>` is missing or of another version.
    void require(const std::vector<std::string>& steps) const;
    /// Runs one for `run`, its output streamed through. Returns its exit status; one that died by a signal is 6.
    int run(const std::string& step, const std::string& run, const CommonOptions& options,
            const std::vector<std::string>& more = {}) const;

  private:
    std::filesystem::path path_of(const std::string& step) const;
    Processes& m_processes;
    std::filesystem::path m_directory;
};

/// Replaces this process by lastgood-<step>; returns only if that fails (exit status).
int become(const std::string& step, char** argv);
bool is_step(const std::string& word);

}  // namespace lastgood
