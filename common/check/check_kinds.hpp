#pragma once

#include "check/check.hpp"

namespace lastgood {

/// The checks, one source each. They give verdict, reason and evidence of one question; run_checks.hpp adds the rest.
CheckResult check_sql(const CheckSettings& settings, const CheckContext& context);
CheckResult check_no_pending_migrations(const CheckSettings& settings, const CheckContext& context);
CheckResult check_rows_not_lost(const CheckSettings& settings, const CheckContext& context);
CheckResult check_unchanged(const CheckSettings& settings, const CheckContext& context);
CheckResult check_sequences_ahead(const CheckSettings& settings, const CheckContext& context);
CheckResult check_no_invalid_indexes(const CheckSettings& settings, const CheckContext& context);
CheckResult check_constraints_validated(const CheckSettings& settings, const CheckContext& context);
CheckResult check_privileges_unchanged(const CheckSettings& settings, const CheckContext& context);
CheckResult check_row_security_unchanged(const CheckSettings& settings, const CheckContext& context);
CheckResult check_extensions(const CheckSettings& settings, const CheckContext& context);
CheckResult check_schema_is(const CheckSettings& settings, const CheckContext& context);
CheckResult check_queries_not_slower(const CheckSettings& settings, const CheckContext& context);
CheckResult check_http(const CheckSettings& settings, const CheckContext& context);
CheckResult check_command(const CheckSettings& settings, const CheckContext& context);
CheckResult check_replication_lag(const CheckSettings& settings, const CheckContext& context);
CheckResult check_no_long_locks(const CheckSettings& settings, const CheckContext& context);

/// What some of them compare with, read before migrate.
void remember_indexes(const CheckSettings& settings, Session& session, Before& before);
void remember_constraints(const CheckSettings& settings, Session& session, Before& before);
void remember_privileges(const CheckSettings& settings, Session& session, Before& before);
void remember_row_security(const CheckSettings& settings, Session& session, Before& before);
void remember_extensions(const CheckSettings& settings, Session& session, Before& before);
void remember_queries(const CheckSettings& settings, Session& session, Before& before);

CheckResult passed(std::string reason, Evidence evidence = {});
CheckResult failed(std::string reason, Evidence evidence = {});
CheckResult could_not_tell(std::string reason, Evidence evidence = {});
/// Passed without differences, else failed with the first of them.
CheckResult judged(const Differences& differences, const std::string& without_any, Evidence evidence = {});

/// It was not read when migrate began: an older record, or a check that came later. `what`: "which indexes were
/// invalid".
CheckResult not_known_before(const std::string& what);

/// "orders" and "public.orders" both mean public.orders.
bool means(const std::string& written, const std::string& qualified);
bool any_means(const std::vector<std::string>& written, const std::string& qualified);

/// A session for reading in which no statement lasts longer than the check may.
Session reading_session(const CheckSettings& settings, const CheckContext& context);
/// For reading tables, by as many connections as the capture has, within the time that the check may take.
ReadingOrder reading_order(const CheckSettings& settings, const CheckContext& context);

}  // namespace lastgood
