#include "backup/row_mirror.hpp"

#include "backup/engine.hpp"
#include "backup/pieces.hpp"
#include "backup/restore_errors.hpp"
#include "database/session.hpp"

namespace lastgood {

namespace {

template <typename Work>
void as_restore(const std::string& role, Work work) {
    try {
        work();
    } catch (const DatabaseError& error) {
        throw restore_failure("COPY", {error.what()}, role, "an error");
    }
}

}  // namespace

RowMirror::RowMirror(const ConnectionUrl& url, const EngineContext& context)
    : m_role(url.part("user")), m_connection(url, context.application_name, context.interruption) {}

void RowMirror::begin() {
    as_restore(m_role, [&] { m_connection.begin(); });
}

void RowMirror::begin_table(const std::string& copied, const std::string& encoding, bool fresh) {
    as_restore(m_role, [&] {
        if (fresh) m_connection.execute(truncate_sql(copied));
        m_rows.emplace(m_connection, copy_in_sql(copied, encoding, fresh));
    });
}

void RowMirror::put(std::string_view line) {
    as_restore(m_role, [&] { m_rows->put(line); });
}

void RowMirror::end_table() {
    as_restore(m_role, [&] { m_rows->finish(); });
    m_rows.reset();
}

void RowMirror::commit() {
    as_restore(m_role, [&] { m_connection.commit(); });
}

}  // namespace lastgood
