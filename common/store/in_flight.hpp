#pragma once

#include <future>
#include <stop_token>

namespace lastgood {

/// One task in a thread of its own, while its owner does something else. What it throws, result() throws.
template <typename Result>
class InFlight {
  public:
    InFlight() = default;
    ~InFlight() { cancel(); }
    InFlight(const InFlight&) = delete;
    InFlight& operator=(const InFlight&) = delete;

    /// `task` takes a std::stop_token and returns a Result. Nothing may be in flight.
    template <typename Task>
    void begin(Task task) {
        m_future = std::async(std::launch::async, std::move(task), m_stop.get_token());
    }
    bool begun() const { return m_future.valid(); }
    /// Waits for the end. Something must be in flight.
    Result result() { return m_future.get(); }
    /// Asks the task to stop, and waits until it has. Nothing can be begun afterwards.
    void cancel() {
        m_stop.request_stop();
        if (m_future.valid()) m_future.wait();
        m_future = {};
    }

  private:
    std::stop_source m_stop;
    std::future<Result> m_future;
};

}  // namespace lastgood
