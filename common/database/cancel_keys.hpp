#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>

namespace lastgood {

/// Which backend a CancelRequest means: its pid and a key, which only its own client knows.
class CancelKeys {
  public:
    /// The new key of this backend.
    std::uint32_t add(int pid, std::function<void()> cancel);
    void remove(int pid);
    /// A wrong key is overlooked, as the server does.
    void cancel(std::uint32_t pid, std::uint32_t key) const;

  private:
    struct Entry {
        std::uint32_t key = 0;
        std::function<void()> cancel;
    };
    mutable std::mutex m_mutex;
    std::map<std::uint32_t, Entry> m_entries;
};

}  // namespace lastgood
