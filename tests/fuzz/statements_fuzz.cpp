// Whatever stands in a migration or a hotfix: it is taken apart, or refused; and nothing of what is shown of it is
// longer than it may be, or holds a string.
#include "database/shown_statement.hpp"
#include "database/sql_statements.hpp"
#include "database/statement_rules.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace lastgood;
    constexpr std::size_t k_limit = 60;
    const std::string_view script(reinterpret_cast<const char*>(data), size);
    if (shown_statement(script, k_limit).size() > k_limit + 3) std::abort();
    try {
        for (const auto& statement : split_statements(script, CopyInput::sent)) {
            if (statement.text.empty() || statement.line < 1) std::abort();
            if (writes_rows_only(statement) && controls_transactions(statement)) std::abort();
            needs_no_transaction(statement);
            may_end_transactions(statement);
        }
    } catch (const ScriptError& error) {
        if (error.line() < 1) std::abort();
    }
    return 0;
}
