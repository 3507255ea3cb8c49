#include "check/check_kinds.hpp"
#include "check/unfinished.hpp"

namespace lastgood {

CheckResult check_constraints_validated(const CheckSettings& settings, const CheckContext& context) {
    const bool all = std::get<ConstraintsValidatedCheck>(settings.what).all;
    if (!all && !(context.before && context.before->unfinished_constraints))
        return not_known_before("which constraints were not validated");
    Session session = reading_session(settings, context);
    return judge_unfinished(unfinished_constraints(session),
                            all ? std::vector<std::uint32_t>{} : *context.before->unfinished_constraints,
                            "constraint that is not validated", "constraints that are not validated");
}

void remember_constraints(const CheckSettings&, Session& session, Before& before) {
    if (!before.unfinished_constraints) before.unfinished_constraints = oids_of(unfinished_constraints(session));
}

}  // namespace lastgood
