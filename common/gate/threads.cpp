#include "gate/threads.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

namespace lastgood {

GateThreads::~GateThreads() {
    for (Thread& entry : m_threads) entry.thread.join();
}

void GateThreads::start(std::function<void()> work) {
    const std::lock_guard lock(m_mutex);
    reap();
    if (static_cast<int>(m_threads.size()) >= m_most) return;
    Thread& entry = m_threads.emplace_back();
    try {
        entry.thread = std::thread([this, &entry, work = std::move(work)] {
            work();
            const std::lock_guard end(m_mutex);
            entry.over = true;
            m_changed.notify_all();
        });
    } catch (const std::system_error&) {  // no thread to be had: as if there were too many
        m_threads.pop_back();
    }
}

/// Under m_mutex.
void GateThreads::reap() {
    m_threads.remove_if([](Thread& entry) {
        if (entry.over) entry.thread.join();
        return entry.over;
    });
}

bool GateThreads::all_end_within(std::chrono::milliseconds patience) {
    std::unique_lock lock(m_mutex);
    return m_changed.wait_for(lock, patience, [this] {
        return std::all_of(m_threads.begin(), m_threads.end(), [](const Thread& entry) { return entry.over; });
    });
}

}  // namespace lastgood
