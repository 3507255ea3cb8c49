#include "gate/cancel_keys.hpp"

#include "outside/random.hpp"

#include <string>
#include <utility>

namespace lastgood {

std::uint32_t CancelKeys::add(int pid, std::function<void()> cancel) {
    constexpr int k_hex = 16;
    const auto key = static_cast<std::uint32_t>(std::stoul(random_hex(sizeof(std::uint32_t)), nullptr, k_hex));
    const std::lock_guard lock(m_mutex);
    m_entries[static_cast<std::uint32_t>(pid)] = {key, std::move(cancel)};
    return key;
}

void CancelKeys::remove(int pid) {
    const std::lock_guard lock(m_mutex);
    m_entries.erase(static_cast<std::uint32_t>(pid));
}

void CancelKeys::cancel(std::uint32_t pid, std::uint32_t key) const {
    std::function<void()> cancel;
    {
        const std::lock_guard lock(m_mutex);
        const auto found = m_entries.find(pid);
        if (found != m_entries.end() && found->second.key == key) cancel = found->second.cancel;
    }
    if (cancel) cancel();  // it takes a connection to the server, so not under the lock
}

}  // namespace lastgood
