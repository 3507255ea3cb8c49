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

void vacuumdb(const EngineContext& context, const ConnectionUrl& url, int jobs, const std::string& what) {
    const auto program = context.programs.psql().parent_path() / "vacuumdb";
    const auto done = PostgresClient(context).run(
        {program, what, "--quiet", "--jobs=" + std::to_string(jobs), "--dbname=" + database_argument(url)}, &url);
    if (!done.result.ok()) throw restore_failure("vacuumdb", done.errors, url.part("user"), done.result.say_end());
}

}  // namespace

void analyze_restored(const EngineContext& context, const ConnectionUrl& limited, int jobs) {
    const ConnectionUrl url = without_time_limits(limited);
    vacuumdb(context, url, jobs, "--analyze-only");
    // vacuumdb leaves the parents of partitions out.
    const auto analyzed = PostgresClient(context).run(
        {context.programs.psql(), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1",
         "--dbname=" + database_argument(url)},
        &url, "select format('analyze %s', oid::regclass) from pg_class where relkind = 'p' \\gexec\n");
    if (!analyzed.result.ok()) {
        throw restore_failure("analyze", analyzed.errors, url.part("user"), analyzed.result.say_end());
    }
}

void freeze_kept(const EngineContext& context, const ConnectionUrl& limited, int jobs) {
    vacuumdb(context, without_time_limits(limited), jobs, "--freeze");
}

}  // namespace lastgood
