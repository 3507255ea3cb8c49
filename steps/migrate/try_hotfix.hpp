#pragma once

namespace lastgood {

class World;

/// lastgood migrate --try: runs the pipeline's hotfix in a transaction that is rolled back, under guard, and shows what
/// each statement touched. Failure (3) if that is not what is expected, Failure (4) if it fails; a run that only began
/// for it is closed then. Exit status.
int try_hotfix(World& world);

}  // namespace lastgood
