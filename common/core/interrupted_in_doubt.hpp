#pragma once

#include "core/failure.hpp"

namespace lastgood {

/// The server said nothing any more, so nobody knows whether what ran there was cancelled.
class InterruptedInDoubt : public Interrupted {
  public:
    using Interrupted::Interrupted;
};

}  // namespace lastgood
