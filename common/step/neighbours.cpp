#include "step/neighbours.hpp"

#include "core/failure.hpp"
#include "database/beside.hpp"
#include "record/environment_ledger.hpp"
#include "store/store.hpp"

#include <algorithm>

namespace lastgood {

namespace {

std::vector<std::string> scopes_in(const Store& store) {
    std::vector<std::string> scopes;
    for (const auto& name : store.list_parts(""))
        for (const auto& environment : store.list_parts(name + "/")) {
            scopes.push_back(name);
            scopes.back().append("/").append(environment);
        }
    return scopes;
}

}  // namespace

std::string Neighbour::say() const {
    if (!open_run.empty()) return "run " + open_run + " of " + scope + " is open on the same database";
    return scope + " works on the same database too" + (database.empty() ? "" : " (its " + database + " is there)");
}

std::vector<Neighbour> neighbours(Store& store, Session& maintenance, const std::string& scope,
                                  const DatabaseIdentity& seen) {
    std::vector<Neighbour> found;
    const std::vector<std::string> stored = scopes_in(store);
    for (const auto& other : stored) {
        if (other == scope) continue;
        const EnvironmentLedger ledger(store, other);
        const auto bound = ledger.bound_database();
        if (!bound || !same_database(*bound, seen)) continue;
        const auto open = ledger.open_run();
        found.push_back({other, open ? open->id : "", ""});
    }
    for (const auto& database : marked_databases(maintenance)) {
        const DatabaseMark& mark = database.mark;
        const bool of_ours = mark.original == seen.oid || mark.successor == seen.oid;
        const auto is_it = [&](const Neighbour& known) { return known.scope == mark.scope; };
        if (!of_ours || mark.scope == scope || std::any_of(found.begin(), found.end(), is_it)) continue;
        found.push_back({mark.scope, "", database.name});
    }
    return found;
}

void require_no_run_of_neighbours(const std::vector<Neighbour>& found) {
    for (const auto& neighbour : found)
        if (!neighbour.open_run.empty())
            throw Failure(ExitCode::refused, neighbour.say(), "nothing",
                          "end that run first, with its own pipeline; then give the database to one name and "
                          "environment only");
}

}  // namespace lastgood
