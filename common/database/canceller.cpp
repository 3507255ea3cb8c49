#include "database/canceller.hpp"

#include <atomic>
#include <future>
#include <memory>
#include <utility>

namespace lastgood {

bool returns_within(std::chrono::milliseconds limit, std::function<void()> call) {
    const auto returned = std::make_shared<std::promise<void>>();
    const auto waiting = returned->get_future();
    std::thread([returned, call = std::move(call)] {
        call();
        returned->set_value();
    }).detach();
    return waiting.wait_for(limit) == std::future_status::ready;
}

Canceller::Canceller(Way way, Interruption& interruption, bool cleaning_up)
    : m_way(std::move(way)), m_registration(interruption, [this] { start(); }) {
    if (cleaning_up) start();
}

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

bool Canceller::gave_up() const {
    const std::lock_guard lock(m_mutex);
    return m_gave_up;
}

void Canceller::start() {
    const std::lock_guard lock(m_mutex);
    if (!m_over && !m_thread.joinable()) m_thread = std::thread([this] { go_until_over(); });
}

void Canceller::go_until_over() {
    std::unique_lock lock(m_mutex);
    m_changed.wait_for(lock, m_way.first, [this] { return m_over; });
    while (!m_over) {
        lock.unlock();
        const auto there = std::make_shared<std::atomic<bool>>(false);
        const bool returned = returns_within(k_longest_silence, [there, reach = m_way.reach] { *there = reach(); });
        lock.lock();
        if (!returned || !*there) {
            // Also when the statement has ended by now: a cancel that arrives late must not meet another one.
            m_gave_up = true;
            m_way.break_connection();
            return;
        }
        m_changed.wait_for(lock, m_way.again, [this] { return m_over; });
    }
}

}  // namespace lastgood
