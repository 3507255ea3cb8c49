#include "check/check_kinds.hpp"
#include "check/unfinished.hpp"

namespace lastgood {

CheckResult check_no_invalid_indexes(const CheckSettings& settings, const CheckContext& context) {
    const bool all = std::get<NoInvalidIndexesCheck>(settings.what).all;
    if (!all && !(context.before && context.before->unfinished_indexes))
        return not_known_before("which indexes were invalid");
    Session session = reading_session(settings, context);
    return judge_unfinished(unfinished_indexes(session),
                            all ? std::vector<std::uint32_t>{} : *context.before->unfinished_indexes, "invalid index",
                            "invalid indexes");
}

void remember_indexes(const CheckSettings&, Session& session, Before& before) {
    if (!before.unfinished_indexes) before.unfinished_indexes = oids_of(unfinished_indexes(session));
}

}  // namespace lastgood
