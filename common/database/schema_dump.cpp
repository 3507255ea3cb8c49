#include "database/schema_dump.hpp"

#include "core/failure.hpp"
#include "database/client_programs.hpp"
#include "database/connection_url.hpp"
#include "outside/process.hpp"

namespace lastgood {

std::string normalised_schema(const ClientPrograms& programs, const ConnectionUrl& url, const std::string& snapshot,
                              const std::string& application_name, Processes& processes,
                              const std::string& leftover_mark, std::optional<std::chrono::milliseconds> timeout) {
    // The name alone as a connection string: a database may be called "a=b". Everything else goes through the
    // environment.
    const ConnectionUrl name_only = ConnectionUrl(Secret("")).with_database(url.database());
    Command command;
    command.argv = {programs.pg_dump().string(), "--schema-only", "--no-subscriptions",
                    "--dbname=" + name_only.conninfo().reveal()};
    if (!snapshot.empty()) command.argv.push_back("--snapshot=" + snapshot);
    command.environment = url.with("application_name", application_name).environment();
    command.leftover_mark = leftover_mark;
    command.timeout = timeout;
    command.judged = true;
    const ProcessResult result = processes.run(command);
    if (!result.ok()) {
        throw Failure(ExitCode::failed_clean,
                      "the schema of " + url.say() + " cannot be dumped: pg_dump, " + result.say_end(), "nothing",
                      "lastgood check   tries what a capture needs")
            .with_detail(result.tail());
    }
    return normalise_schema(result.out);
}

}  // namespace lastgood
