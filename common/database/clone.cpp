#include "database/clone.hpp"

#include "core/failure.hpp"
#include "database/session.hpp"

namespace lastgood {

namespace {

constexpr int k_knows_strategies = 150000;

}  // namespace

void create_clone(Session& session, const std::string& source, const std::string& name, const DatabaseMark& mark) {
    // The files are copied, not written to the WAL once more: what hangs on a slot or a replica would grow by all of
    // it.
    const std::string strategy = session.server_version() >= k_knows_strategies ? " STRATEGY file_copy" : "";
    try {
        session.execute("CREATE DATABASE " + session.quote_name(name) + " TEMPLATE " + session.quote_name(source) +
                        strategy);
    } catch (const DatabaseError& error) {
        if (error.connection_lost()) throw;
        throw Failure(ExitCode::failed_clean, "\"" + source + "\" cannot be cloned: " + error.primary(), "nothing",
                      "lastgood check   says what stands in the way")
            .with_detail(error.what());
    }
    set_mark(session, name, mark);
}

}  // namespace lastgood
