#pragma once

namespace lastgood {

class Environment;

/// The crash sweep's hook: a program started with LASTGOOD_TEST_CRASH="before:3" or "after:3" kills itself (SIGKILL)
/// right before or right after it writes its third event. "lastgood-migrate:before:3" is meant for the program of that
/// name only: the variable is inherited by what a program starts. Without the variable nothing happens.
class CrashPoint {
  public:
    explicit CrashPoint(const Environment& environment);
    void before_event();
    void after_event();

  private:
    int m_before = 0;
    int m_after = 0;
    int m_events = 0;
};

}  // namespace lastgood
