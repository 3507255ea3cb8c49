#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <mutex>

namespace lastgood {

/// SIGINT, SIGTERM and SIGHUP, turned into something the work can see. Make one at the start of main, before any
/// thread: it blocks the three signals and takes them in a thread of its own. The first signal sets requested() and
/// calls every registered canceller (from another thread); a second one ends the process at once with 128 + signal,
/// unless a Shield is up or it is an echo of the first (the same signal within 100 ms). SIGHUP stays ignored where
/// nohup(1) says so; SIGPIPE is ignored from here on. Children started by Processes get the default mask back.
class Interruption {
  public:
    Interruption();
    ~Interruption();
    Interruption(const Interruption&) = delete;
    Interruption& operator=(const Interruption&) = delete;

    /// The signal's number, or 0.
    int requested() const { return m_signal.load(); }
    /// Throws Interrupted if a signal has come.
    void check() const;
    /// Sleeps; a signal ends the sleep, and then throws Interrupted.
    void wait(std::chrono::milliseconds duration) const;
    /// As if the signal had come: for a child that was ended by a signal meant for us all, and for tests.
    void request(int signal);

    /// While it lives, `cancel` is called once when a signal comes (at once if one has come already). It must be quick
    /// and must not throw; it may run in another thread.
    class Registration {
      public:
        Registration(Interruption& owner, std::function<void()> cancel);
        ~Registration();
        Registration(const Registration&) = delete;
        Registration& operator=(const Registration&) = delete;

      private:
        Interruption& m_owner;
        std::list<std::function<void()>>::iterator m_entry;
    };

    /// While one lives, signals are remembered but check() and wait() do not throw and cancellers are not called: for
    /// clean-up that a signal must not stop half way (lifting a fence). Bounded clean-up only.
    class Shield {
      public:
        explicit Shield(Interruption& owner);
        ~Shield();
        Shield(const Shield&) = delete;
        Shield& operator=(const Shield&) = delete;

      private:
        Interruption& m_owner;
    };

  private:
    struct Watcher;
    /// Calls the cancellers that have not been called yet, if a signal has come and no shield is up. Under m_mutex.
    void deliver();

    std::atomic<int> m_signal{0};
    std::atomic<int> m_shields{0};
    mutable std::mutex m_mutex;
    std::list<std::function<void()>> m_cancellers;
    std::unique_ptr<Watcher> m_watcher;
};

}  // namespace lastgood
