#pragma once

#include "outside/descriptor.hpp"

namespace lastgood {

/// Rung once, it is heard by everybody who listens, also by those who come later.
class Bell {
  public:
    /// Throws std::system_error if there is no descriptor to be had.
    Bell();
    /// From any thread; quick.
    void ring() const;
    bool rung() const;
    /// For poll: readable once it has been rung.
    int number() const { return m_event.number(); }

  private:
    Descriptor m_event;
};

}  // namespace lastgood
