#pragma once

#include "framework/framework.hpp"

#include <memory>

namespace lastgood {

/// Django's own manage.py: it says what is applied and pending, and it migrates.
std::unique_ptr<Framework> make_django_framework(const FrameworkContext& context);

}  // namespace lastgood
