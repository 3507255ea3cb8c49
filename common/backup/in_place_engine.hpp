#pragma once

#include "backup/engine.hpp"

#include <memory>
#include <string>

namespace lastgood {

/// An engine whose platform brings a restore point back over the live database: where nobody may make databases or
/// rename them. Nobody may write to it meanwhile.
class InPlaceEngine : public DatabaseEngine {
  public:
    /// Has the platform keep what is live now, and waits until it is kept; the name under which it is. Failure (4).
    virtual std::string keep_live() = 0;
    /// Empties the live database and restores into it. May be called again after it was interrupted. Failure (5): it
    /// may be empty then.
    virtual void restore_over(PointReader& objects, const ConnectionUrl& live, int jobs) = 0;
    /// The same with what keep_live() kept.
    virtual void restore_kept(const std::string& name, const ConnectionUrl& live) = 0;
    /// What a person types to do the same.
    virtual std::string restore_over_command(PointReader& objects) = 0;
    virtual std::string restore_kept_command(const std::string& name) = 0;
};

bool is_in_place_engine(const std::string& name);
/// Failure (2) if it is none, or the pipeline names no such platform.
std::unique_ptr<InPlaceEngine> make_in_place_engine(const std::string& name, const EngineContext& context);

}  // namespace lastgood
