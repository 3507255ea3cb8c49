#pragma once

#include "outside/child_start.hpp"
#include "outside/process.hpp"

#include <atomic>
#include <chrono>
#include <optional>
#include <string_view>

namespace lastgood {

class ChildOutput;

/// Feeds a started child, reads it, and waits for its end. Whatever happens, no child of ours is left: one that is
/// still there when this is destroyed (a listener threw) is killed with its group.
class ChildWatch {
  public:
    /// `input` must live as long as this.
    ChildWatch(Child child, std::string_view input, std::optional<std::chrono::milliseconds> timeout);
    ~ChildWatch();
    ChildWatch(const ChildWatch&) = delete;
    ChildWatch& operator=(const ChildWatch&) = delete;

    void run(ChildOutput& out, ChildOutput& err);
    /// From any thread: the group gets SIGTERM, and SIGKILL 3 s later.
    void cancel();

    bool cancelled() const { return m_cancelled.load(); }
    /// Exit code, signal and timed_out; after run().
    ProcessResult result() const { return m_result; }

  private:
    using Clock = std::chrono::steady_clock;

    void wait_for_something(ChildOutput& out, ChildOutput& err);
    int patience() const;
    void feed();
    void look_at_time();
    void look_for_end();
    void begin_to_end();
    bool finished() const;

    Child m_child;
    std::string_view m_input;
    std::optional<Clock::time_point> m_deadline;  ///< of the timeout
    std::optional<Clock::time_point> m_kill_at;   ///< SIGTERM was sent
    std::optional<Clock::time_point> m_ended_at;  ///< the child is reaped
    bool m_killed = false;
    Descriptor m_wake;
    std::atomic<bool> m_cancelled{false};
    ProcessResult m_result;
};

}  // namespace lastgood
