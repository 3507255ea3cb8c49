#pragma once

#include "core/facts.hpp"

#include <optional>
#include <string>
#include <vector>

namespace lastgood {

class Store;

/// Revision, migration heads and schema fingerprint as read after a passed verify: <scope>/good/000007.json, newest
/// last.
struct GoodRelease {
    int number = 0;
    Revision revision;
    SchemaState schema;
    std::string run;  ///< "adopted" for `lastgood adopt`
    std::string at;   ///< the server's clock
    /// catalogue_state() that the fingerprint is of; "": not known.
    std::string catalogue = {};
    /// What served it, by the name that its platform gives it ("v12"); "": not known.
    std::string served = {};
};

class GoodReleases {
  public:
    GoodReleases(Store& store, std::string scope);
    std::vector<GoodRelease> all() const;
    std::optional<GoodRelease> newest() const;
    std::optional<GoodRelease> of_run(const std::string& run) const;
    std::optional<GoodRelease> get(int number) const;
    /// Writes it under the next number, which it returns. `schema`: the normalised text that its fingerprint is of;
    /// "": it is not kept, and a difference from it cannot be shown.
    int add(GoodRelease release, const std::string& schema = "");
    /// None if it was not kept, or is not the text of the release's fingerprint.
    std::optional<std::string> schema_text(const GoodRelease& release) const;

  private:
    Store& m_store;
    std::string m_scope;
};

}  // namespace lastgood
