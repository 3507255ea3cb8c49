#include "core/exit_code.hpp"

#include <iterator>

namespace lastgood {

namespace {
constexpr ExitCodeHelp k_table[] = {
    {0, "done, or nothing to do"},
    {1, "our bug; becomes 6 if an action was open"},
    {2, "usage or configuration"},
    {3, "precondition refused; nothing was changed"},
    {4, "failed; nothing was changed"},
    {5, "failed; something was changed"},
    {6, "in doubt: the outcome is not known"},
    {7, "verify says no"},
    {8, "another run holds the environment; the only code that is safe to retry blindly"},
    {9, "a person must decide: verify could not tell, or a rollback would lose more than allowed"},
    {129, "hung up (SIGHUP), after the server-side statement was cancelled and the record says so"},
    {130, "interrupted (SIGINT), likewise"},
    {143, "terminated (SIGTERM), likewise"},
};
}  // namespace

const ExitCodeHelp* exit_code_table(int& count) {
    count = static_cast<int>(std::size(k_table));
    return k_table;
}

}  // namespace lastgood
