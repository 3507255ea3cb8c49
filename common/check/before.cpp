#include "check/before.hpp"

#include "check/check.hpp"

namespace lastgood {

Before read_before(const std::vector<CheckSettings>& list, Session& session) {
    Before before;
    for (const CheckSettings& check : list) {
        if (row_of(check).remember) row_of(check).remember(check, session, before);
    }
    return before;
}

}  // namespace lastgood
