#pragma once

#include <filesystem>
#include <string>
#include <sys/types.h>
#include <vector>

namespace lastgood::test {

/// A program in the background, killed when this is destroyed, and by the kernel when the thread that started it dies:
/// a test that crashes leaves none behind.
class Daemon {
  public:
    /// What it prints goes to the end of `log`.
    Daemon(const std::vector<std::string>& argv, const std::filesystem::path& log);
    ~Daemon();
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;

    bool has_ended();

  private:
    pid_t m_pid = -1;
};

}  // namespace lastgood::test
