#pragma once

#include "check/check.hpp"

namespace lastgood {

/// The checks, one source each. They fill verdict and reason; run_check() adds the rest.
CheckResult check_sql(const CheckSettings& settings, const CheckContext& context);
CheckResult check_no_pending_migrations(const CheckSettings& settings, const CheckContext& context);
CheckResult check_rows_not_lost(const CheckSettings& settings, const CheckContext& context);
CheckResult check_http(const CheckSettings& settings, const CheckContext& context);
CheckResult check_command(const CheckSettings& settings, const CheckContext& context);

CheckResult passed(std::string reason);
CheckResult failed(std::string reason);
CheckResult could_not_tell(std::string reason);

/// A session for reading in which no statement lasts longer than the check may.
Session reading_session(const CheckSettings& settings, const CheckContext& context);

}  // namespace lastgood
