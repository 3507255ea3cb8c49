#include "database/transaction_outcome.hpp"

#include "core/failure.hpp"
#include "database/session.hpp"
#include "outside/interruption.hpp"

namespace lastgood {

namespace {

constexpr std::chrono::milliseconds k_pause{250};

}  // namespace

std::optional<bool> was_committed(const std::string& transaction, const std::function<std::unique_ptr<Session>()>& open,
                                  std::chrono::milliseconds patience, const Interruption& interruption) {
    const auto until = std::chrono::steady_clock::now() + patience;
    do {
        try {
            const auto status = open()->value("select pg_catalog.pg_xact_status($1::xid8)", {transaction}).value_or("");
            if (status == "committed") return true;
            if (status == "aborted") return false;
        } catch (const Failure&) {  // not yet back
        } catch (const DatabaseError&) {
        }
        interruption.wait(k_pause);
    } while (std::chrono::steady_clock::now() < until);
    return std::nullopt;
}

}  // namespace lastgood
