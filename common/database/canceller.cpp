#include "database/canceller.hpp"

#include <chrono>
#include <utility>

namespace lastgood {

namespace {
constexpr std::chrono::milliseconds k_cancel_again{100};
}

Canceller::Canceller(std::function<void()> cancel, Interruption& interruption)
    : m_cancel(std::move(cancel)), m_registration(interruption, [this] { start(); }) {}

Canceller::~Canceller() {
    {
        const std::lock_guard lock(m_mutex);
        m_over = true;
    }
    m_changed.notify_all();
    if (m_thread.joinable()) m_thread.join();
}

bool Canceller::fired() const {
    const std::lock_guard lock(m_mutex);
    return m_thread.joinable();
}

void Canceller::start() {
    const std::lock_guard lock(m_mutex);
    if (!m_over && !m_thread.joinable()) m_thread = std::thread([this] { cancel_until_over(); });
}

void Canceller::cancel_until_over() {
    std::unique_lock lock(m_mutex);
    while (!m_over) {
        lock.unlock();
        m_cancel();
        lock.lock();
        m_changed.wait_for(lock, k_cancel_again, [this] { return m_over; });
    }
}

}  // namespace lastgood
