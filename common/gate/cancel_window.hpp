#pragma once

#include <functional>
#include <mutex>
#include <utility>

namespace lastgood {

/// Lets cancel requests of a program through only while the server does what the program asked for: one that came late
/// would hit a statement of ours. When close() returns, no request is on its way any more.
class CancelWindow {
  public:
    explicit CancelWindow(std::function<void()> cancel) : m_cancel(std::move(cancel)) {}

    void open() { set(true); }
    void close() { set(false); }
    bool is_open() const {
        const std::lock_guard lock(m_mutex);
        return m_open;
    }
    /// From any thread.
    void cancel() const {
        const std::lock_guard lock(m_mutex);
        if (m_open) m_cancel();
    }

  private:
    void set(bool open) {
        const std::lock_guard lock(m_mutex);
        m_open = open;
    }

    std::function<void()> m_cancel;
    mutable std::mutex m_mutex;
    bool m_open = false;
};

}  // namespace lastgood
