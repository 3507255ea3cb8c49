#include "framework/manner.hpp"

#include "database/sql_statements.hpp"
#include "database/statement_rules.hpp"
#include "pipeline/pipeline.hpp"

#include <algorithm>
#include <stdexcept>

namespace lastgood {

namespace {

using Milliseconds = std::chrono::milliseconds;

Manner manner_of(const std::vector<SqlStatement>& statements) {
    if (std::any_of(statements.begin(), statements.end(), needs_no_transaction)) return Manner::concurrent;
    const bool rows_only = std::all_of(statements.begin(), statements.end(), [](const SqlStatement& statement) {
        return writes_rows_only(statement) || controls_transactions(statement);
    });
    return rows_only && !statements.empty() ? Manner::backfill : Manner::schema;
}

}  // namespace

std::string text_of(Manner manner) {
    switch (manner) {
        case Manner::schema:
            return "schema";
        case Manner::backfill:
            return "backfill";
        case Manner::concurrent:
            return "concurrent";
    }
    throw std::logic_error("no such manner");
}

Manner manner_of(const Described& migration) {
    if (!migration.sql) return migration.one_transaction == false ? Manner::concurrent : Manner::schema;
    try {
        return manner_of(split_statements(*migration.sql));
    } catch (const ScriptError&) {  // whatever it is, it is treated with care
        return Manner::schema;
    }
}

Limits limits_of(Manner manner, const MigrateSettings& settings) {
    switch (manner) {
        case Manner::schema:
            return {settings.lock_timeout, settings.statement_timeout};
        case Manner::backfill:
            return {settings.backfill_lock_timeout, settings.statement_timeout};
        case Manner::concurrent:
            return {Milliseconds(0), settings.statement_timeout};
    }
    throw std::logic_error("no such manner");
}

std::vector<Stretch> stretches_of(const std::vector<Described>& pending, bool stepwise) {
    std::vector<Stretch> stretches;
    for (const auto& migration : pending) {
        const Manner manner = manner_of(migration);
        const bool repeatable = migration.one_transaction != false;
        if (!stretches.empty() && (stretches.back().manner == manner || !stepwise)) {
            // The strictest of them all is `schema`; what cannot be repeated spoils it for the others.
            stretches.back().manner = std::min(stretches.back().manner, manner);
            stretches.back().repeatable = stretches.back().repeatable && repeatable;
        } else {
            stretches.push_back({manner, "", repeatable});
        }
        stretches.back().last = migration.name;
    }
    if (!stretches.empty()) stretches.back().last.clear();
    if (stretches.empty()) stretches.emplace_back();
    return stretches;
}

}  // namespace lastgood
