#pragma once

#include "core/failure.hpp"

#include <stdexcept>

namespace lastgood::test {

/// The Failure that `action` throws; std::logic_error if it throws none.
template <typename Action>
Failure failure_of(Action action) {
    try {
        action();
    } catch (const Failure& failure) {
        return failure;
    }
    throw std::logic_error("it did not fail");
}

}  // namespace lastgood::test
