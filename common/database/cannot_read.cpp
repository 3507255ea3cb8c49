#include "database/cannot_read.hpp"

#include "database/session.hpp"

namespace lastgood {

namespace {
/// Insufficient privilege: also what row_security = off answers where policies would hide rows.
constexpr const char* k_not_allowed = "42501";
constexpr const char* k_lock_not_available = "55P03";
}  // namespace

Failure cannot_read(const std::string& what, const DatabaseError& error) {
    if (error.sqlstate() == k_not_allowed) {
        return Failure(ExitCode::refused, "cannot read all of " + what + ": " + error.primary(), "nothing",
                       "use a role in database.url that may read every row (owner without FORCE ROW LEVEL SECURITY, or "
                       "BYPASSRLS)")
            .with_detail(error.what());
    }
    if (error.sqlstate() == k_lock_not_available) {
        return Failure(ExitCode::failed_clean, "somebody changes " + what + ", or waits to: the capture gave way",
                       "nothing", "lastgood backup-capture   when that is done")
            .with_detail(error.what());
    }
    return Failure(ExitCode::failed_clean, "cannot read " + what + ": " + error.primary(), "nothing",
                   "lastgood check   looks for what a capture cannot read")
        .with_detail(error.what());
}

}  // namespace lastgood
