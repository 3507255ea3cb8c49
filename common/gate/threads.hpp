#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

namespace lastgood {

/// A thread for each connection.
class GateThreads {
  public:
    explicit GateThreads(int most) : m_most(most) {}
    /// Waits for all of them.
    ~GateThreads();
    GateThreads(const GateThreads&) = delete;
    GateThreads& operator=(const GateThreads&) = delete;

    /// Does nothing if there are as many as there may be. `work` must not throw.
    void start(std::function<void()> work);
    /// True once all have ended, false if that takes longer.
    bool all_end_within(std::chrono::milliseconds patience);

  private:
    struct Thread {
        std::thread thread;
        bool over = false;
    };
    void reap();

    int m_most;
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::list<Thread> m_threads;
};

}  // namespace lastgood
