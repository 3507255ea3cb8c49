#include "backup/vacuum.hpp"

#include "backup/engine.hpp"
#include "backup/postgres_client.hpp"
#include "backup/restore_errors.hpp"

#include <string>

namespace lastgood {

namespace {

/// pg_dump and pg_restore set these themselves; the others we start do not.
ConnectionUrl without_time_limits(const ConnectionUrl& url) {
    return url.with_setting("statement_timeout", "0").with_setting("idle_in_transaction_session_timeout", "0");
}

}  // namespace

void vacuum_restored(const EngineContext& context, const ConnectionUrl& limited, int jobs) {
    const ConnectionUrl url = without_time_limits(limited);
    const PostgresClient client(context);
    const auto vacuumdb = context.programs.psql().parent_path() / "vacuumdb";
    const auto vacuumed = client.run({vacuumdb, "--freeze", "--analyze", "--quiet", "--jobs=" + std::to_string(jobs),
                                      "--dbname=" + database_argument(url)},
                                     &url);
    if (!vacuumed.result.ok()) {
        throw restore_failure("vacuumdb", vacuumed.errors, url.part("user"), vacuumed.result.say_end());
    }
    // vacuumdb leaves the parents of partitions out.
    const auto analyzed =
        client.run({context.programs.psql(), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1",
                    "--dbname=" + database_argument(url)},
                   &url, "select format('analyze %s', oid::regclass) from pg_class where relkind = 'p' \\gexec\n");
    if (!analyzed.result.ok()) {
        throw restore_failure("analyze", analyzed.errors, url.part("user"), analyzed.result.say_end());
    }
}

}  // namespace lastgood
