#pragma once

#include "core/facts.hpp"

#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace lastgood {

struct BeanstalkSettings;
struct DatabaseAddress;
struct Pipeline;

/// What a person types to do what Platform does, for the night when we cannot. Pure: nothing is asked. "" where there
/// is nothing to type.
class TypedCommands {
  public:
    virtual ~TypedCommands() = default;
    /// `traffic`: as Platform::traffic() said, null if nobody knows.
    virtual std::string hold(const nlohmann::json& traffic) const = 0;
    virtual std::string let_in(const nlohmann::json& traffic) const = 0;
    /// `served`: the platform's own name for the revision, "" if it is not known.
    virtual std::string return_to(const std::string& served, const Revision& revision) const = 0;
    /// Without the password: it stays what it is.
    virtual std::string repoint(const DatabaseAddress& to, const std::string& served,
                                const Revision& revision) const = 0;
};

/// `aws`, where the pipeline says that its services are; `more` goes behind as it stands, quoted already.
std::string typed_aws(const BeanstalkSettings& settings, const std::vector<std::string>& words,
                      const std::string& more = "");

/// Null on a plain server.
std::unique_ptr<TypedCommands> typed_commands(const Pipeline& pipeline);

}  // namespace lastgood
