#pragma once

#include "outside/interruption.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace lastgood {

/// How long a server that says nothing is waited for once a signal has come.
constexpr std::chrono::seconds k_longest_silence{10};

/// Calls it in a thread of its own. False if it did not return within `limit`: it is left to itself then, so it must
/// own whatever it uses.
bool returns_within(std::chrono::milliseconds limit, std::function<void()> call);

/// Around a statement: from the moment a signal comes until the scope ends it goes to the server again and again. A
/// statement that is cancelled needs that because a cancel request is lost when it arrives just before the statement
/// does. Where nobody is there, or says anything for k_longest_silence, the connection is broken, so that the statement
/// ends on this side; what it does on the other is not known.
class Canceller {
  public:
    struct Way {
        std::function<bool()> reach;  ///< the server; false if nobody is there. Owns what it uses, throws nothing
        std::function<void()> break_connection;  ///< quick, and throws nothing
        std::chrono::milliseconds first{0};      ///< after the signal
        std::chrono::milliseconds again{100};
    };
    /// `cleaning_up`: a signal has come before, and a shield may be up.
    Canceller(Way way, Interruption& interruption, bool cleaning_up = false);
    ~Canceller();
    Canceller(const Canceller&) = delete;
    Canceller& operator=(const Canceller&) = delete;

    bool fired() const;
    /// The connection was broken.
    bool gave_up() const;

  private:
    void start();
    void go_until_over();

    Way m_way;
    mutable std::mutex m_mutex;
    std::condition_variable m_changed;
    std::thread m_thread;
    bool m_over = false;
    bool m_gave_up = false;
    Interruption::Registration m_registration;  // last: it can call start() at once, and goes first
};

}  // namespace lastgood
