#include "steps/migrate/shared_guard.hpp"

#include "core/failure.hpp"
#include "core/quantity.hpp"
#include "database/session.hpp"
#include "database/shared_objects.hpp"
#include "database/shown_statement.hpp"
#include "database/statement_rules.hpp"
#include "step/world.hpp"

namespace lastgood {

SharedGuard::SharedGuard(const Databases& databases) : m_databases(databases), m_before(look()) {}

std::map<std::string, std::string> SharedGuard::look() const {
    Session server = m_databases.maintenance("shared");
    return shared_objects(server, m_databases.live_name());
}

void SharedGuard::refuse(const std::vector<Described>& pending) {
    for (const auto& migration : pending) {
        if (!migration.sql) continue;
        std::vector<SqlStatement> statements;
        try {
            statements = split_statements(*migration.sql);
        } catch (const ScriptError&) {
            continue;  // who migrates says so
        }
        for (const auto& statement : statements)
            if (changes_shared_objects(statement))
                throw Failure(ExitCode::refused,
                              "\"" + migration.name + "\" changes what all databases of the server share: " +
                                  shown_statement(statement.text) + "; beside the original that is production's",
                              "nothing",
                              "rehearse on another server (backup-capture: prove.url), or without it: rehearse: false");
    }
}

void SharedGuard::require_unchanged() const {
    const auto changed = changed_objects(m_before, look());
    if (changed.empty()) return;
    throw Failure(ExitCode::failed_changed,
                  "while it was rehearsed, " + say_count(changed.size(), "thing") +
                      " that all databases of the server share changed: " + changed.front(),
                  "what is listed, in production too; its data was not touched",
                  "take it back by hand; a migration that makes it is rehearsed on another server (prove.url)")
        .with_detail(changed);
}

}  // namespace lastgood
