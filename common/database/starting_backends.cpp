#include "database/starting_backends.hpp"

#include "database/session.hpp"

#include <thread>

namespace lastgood {
namespace {

constexpr std::chrono::milliseconds k_look_again{2};

}  // namespace

bool wait_for_starting_backends(Session& session, const std::string& database, std::chrono::milliseconds patience) {
    const auto until = std::chrono::steady_clock::now() + patience;
    while (session.value("SELECT count(*) FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_database d ON d.oid = l.objid"
                         " WHERE l.locktype = 'object' AND l.database = 0"
                         " AND l.classid = 'pg_catalog.pg_database'::pg_catalog.regclass"
                         " AND l.pid <> pg_catalog.pg_backend_pid() AND d.datname = $1",
                         {database}) != "0") {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::sleep_for(k_look_again);
    }
    return true;
}

}  // namespace lastgood
