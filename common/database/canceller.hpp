#pragma once

#include "outside/interruption.hpp"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace lastgood {

/// Around a statement: from the moment a signal comes until the scope ends it calls `cancel` again and again, because a
/// cancel request is lost when it arrives just before the statement does. `cancel` must not throw.
class Canceller {
  public:
    Canceller(std::function<void()> cancel, Interruption& interruption);
    ~Canceller();
    Canceller(const Canceller&) = delete;
    Canceller& operator=(const Canceller&) = delete;

    bool fired() const;

  private:
    void start();
    void cancel_until_over();

    std::function<void()> m_cancel;
    mutable std::mutex m_mutex;
    std::condition_variable m_changed;
    std::thread m_thread;
    bool m_over = false;
    Interruption::Registration m_registration;  // last: it can call start() at once, and goes first
};

}  // namespace lastgood
