#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace lastgood {

/// How many programs may be inside a gate at the same time.
class GatePlaces {
  public:
    explicit GatePlaces(int most) : m_free(most) {}

    /// One of them, while it lives.
    class Place {
      public:
        /// Waits, if none is free, for somebody who may be leaving.
        Place(GatePlaces& places, std::chrono::milliseconds patience) : m_places(places) {
            std::unique_lock lock(places.m_mutex);
            m_had = places.m_changed.wait_for(lock, patience, [&] { return places.m_free > 0; });
            if (m_had) --places.m_free;
        }
        ~Place() {
            if (!m_had) return;
            const std::lock_guard lock(m_places.m_mutex);
            ++m_places.m_free;
            m_places.m_changed.notify_one();
        }
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;
        bool had() const { return m_had; }

      private:
        GatePlaces& m_places;
        bool m_had = false;
    };

  private:
    std::mutex m_mutex;
    std::condition_variable m_changed;
    int m_free;
};

}  // namespace lastgood
