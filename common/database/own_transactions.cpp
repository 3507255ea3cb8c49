#include "database/own_transactions.hpp"

#include "database/session.hpp"

namespace lastgood {

std::optional<std::string> own_transactions_of(Session& observer, int pid) {
    // The id of a transaction is locked by who is in it (with 32 bits: nearest to what is given out now); those of its
    // subtransactions are not, once they are released. But ids only grow: all of them are below one that is taken now.
    const auto rows = observer.query(
        "with known as (select pg_catalog.pg_current_xact_id()::text::bigint as next) "
        "select next + ((transactionid::text::bigint - next) % 4294967296 + 6442450944) % 4294967296 - 2147483648, "
        "next "
        "from pg_catalog.pg_locks, known where pid = $1::int and locktype = 'transactionid' and granted "
        "and mode = 'ExclusiveLock' order by 1 limit 1",
        {std::to_string(pid)});
    if (rows.empty()) return std::nullopt;
    return rows[0][0].value() + ":" + rows[0][1].value();
}

}  // namespace lastgood
