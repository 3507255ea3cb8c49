#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <utility>

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

/// A key, as long as its backend can be cancelled.
class CancelKey {
  public:
    CancelKey(CancelKeys& keys, int pid, std::function<void()> cancel)
        : m_keys(keys), m_pid(pid), m_value(keys.add(pid, std::move(cancel))) {}
    ~CancelKey() { m_keys.remove(m_pid); }
    CancelKey(const CancelKey&) = delete;
    CancelKey& operator=(const CancelKey&) = delete;
    std::uint32_t value() const { return m_value; }

  private:
    CancelKeys& m_keys;
    int m_pid;
    std::uint32_t m_value;
};

}  // namespace lastgood
