#pragma once

#include "outside/child_start.hpp"
#include "outside/interruption.hpp"

#include <cstddef>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>

namespace lastgood {

/// The program takes no more: it ended, or it was killed.
class FilterEnded : public std::runtime_error {
  public:
    FilterEnded() : std::runtime_error("the program takes no more input") {}
};

/// A program between two streams of octets. One thread may write while another reads; a signal of ours kills it.
class Filter {
  public:
    /// The child must have been started with input.
    Filter(Interruption& interruption, Child child);
    /// Kills it if it is still there.
    ~Filter();
    Filter(const Filter&) = delete;
    Filter& operator=(const Filter&) = delete;

    /// Throws FilterEnded.
    void write(std::string_view bytes);
    void close_input();
    /// What it has put out, waiting for it; "" when there is no more. The view holds until the next call.
    std::string_view read();
    /// Ends it at once: whoever writes or reads comes back.
    void kill();
    /// Waits for its end. "" if it succeeded, else what it said on standard error, or how it ended. Throws Interrupted
    /// if it was ended by a signal of ours.
    std::string end();

  private:
    Interruption& m_interruption;
    Child m_child;
    std::mutex m_mutex;  ///< of the pid: it is not killed once it was reaped
    bool m_reaped = false;
    std::string m_block;
    Interruption::Registration m_registration;
};

}  // namespace lastgood
