#pragma once

#include "check/captured.hpp"
#include "pipeline/pipeline.hpp"
#include "record/restore_points.hpp"

namespace lastgood {

/// Whether a check of the pipeline compares with the restore point.
bool any_asks_for_the_restore_point(const Pipeline& pipeline);

/// How `captured` gets the digest of a table as `manifest` writes it, or its trouble: keyed digests, and no identity.
/// StoreError, Failure.
void learn_digests(Captured& captured, const Manifest& manifest, const RestorePoints& restore_points);

}  // namespace lastgood
