#include "database/copy_connection.hpp"

#include "core/failure.hpp"
#include "core/interrupted_in_doubt.hpp"
#include "database/canceller.hpp"
#include "database/digest_query.hpp"
#include "database/session.hpp"
#include "database/snapshot_reader.hpp"
#include "outside/interruption.hpp"

#include <array>
#include <stdexcept>
#include <sys/socket.h>

#include <libpq-fe.h>

namespace lastgood {

namespace {

struct Finish {
    void operator()(PGconn* connection) const { PQfinish(connection); }
};
struct Clear {
    void operator()(PGresult* result) const { PQclear(result); }
};
struct FreeCancel {
    void operator()(PGcancel* cancel) const { PQfreeCancel(cancel); }
};
using Result = std::unique_ptr<PGresult, Clear>;

/// The memory of a line that libpq handed out.
struct Line {
    char* text = nullptr;
    ~Line() { PQfreemem(text); }
};

std::string trimmed(std::string words) {
    while (!words.empty() && words.back() == '\n') words.pop_back();
    return words;
}

/// More lines than this between two looks at whether a signal came would be felt; fewer would cost.
constexpr unsigned k_lines_between_looks = 4096;

}  // namespace

struct CopyConnection::State {
    State(const ConnectionUrl& connection_url, Interruption& the_interruption)
        : url(connection_url),
          interruption(the_interruption),
          connection(PQconnectdb(url.conninfo().reveal().c_str())),
          cancel(PQgetCancel(connection.get()), FreeCancel()) {}

    Canceller::Way cancelling() const {
        const auto reach = [cancel = cancel] {
            std::array<char, 256> words{};
            if (cancel) PQcancel(cancel.get(), words.data(), static_cast<int>(words.size()));
            return true;
        };
        return {reach, [this] { break_connection(); }};
    }

    void break_connection() const { ::shutdown(PQsocket(connection.get()), SHUT_RDWR); }

    [[noreturn]] void fail(const PGresult* result, const Canceller* canceller) {
        const bool cancelled = canceller != nullptr && canceller->fired();
        const char* sqlstate = result != nullptr ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : nullptr;
        const std::string state = sqlstate != nullptr ? sqlstate : "";
        const bool lost = PQstatus(connection.get()) != CONNECTION_OK;
        if (cancelled && canceller->gave_up()) throw InterruptedInDoubt(interruption.requested());
        if (cancelled && (lost || state == "57014")) throw Interrupted(interruption.requested());
        std::string words =
            trimmed(result != nullptr ? PQresultErrorMessage(result) : PQerrorMessage(connection.get()));
        if (lost && state.empty()) words = "the connection to " + url.say() + " was lost";
        throw DatabaseError(words, state, lost);
    }

    /// All results of what was sent; the first error is thrown when the last has come.
    void finish(const Canceller& canceller) {
        Result failed;
        for (Result result(PQgetResult(connection.get())); result; result.reset(PQgetResult(connection.get()))) {
            const auto status = PQresultStatus(result.get());
            const bool ok = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
            if (!ok && !failed) failed = std::move(result);
        }
        if (failed || PQstatus(connection.get()) != CONNECTION_OK) fail(failed.get(), &canceller);
    }

    void start(const std::string& sql, ExecStatusType wanted, const Canceller& canceller) {
        if (PQsendQuery(connection.get(), sql.c_str()) != 1) fail(nullptr, &canceller);
        const Result result(PQgetResult(connection.get()));
        if (PQresultStatus(result.get()) == wanted) return;
        while (Result(PQgetResult(connection.get()))) {  // nothing of interest comes after the error
        }
        fail(result.get(), &canceller);
    }

    /// Leaves a COPY TO whose rows nobody wants any more.
    void abandon_copy_out() const {
        const Canceller::Way way = cancelling();
        if (!returns_within(k_longest_silence, way.reach)) way.break_connection();
        Line line;
        while (PQgetCopyData(connection.get(), &line.text, 0) > 0) {
            PQfreemem(line.text);
            line.text = nullptr;
        }
        while (Result(PQgetResult(connection.get()))) {  // the cancelled statement's error
        }
    }

    ConnectionUrl url;
    Interruption& interruption;
    std::unique_ptr<PGconn, Finish> connection;
    std::shared_ptr<PGcancel> cancel;  ///< shared with a request that does not return
    std::string settings;
    std::string reader_settings;
};

CopyConnection::CopyConnection(const ConnectionUrl& url, const std::string& application_name,
                               Interruption& interruption) {
    // The words for a server that cannot be reached, and the settings, are a session's.
    const Session session(url, application_name, interruption);
    m_state = std::make_unique<State>(session.url(), interruption);
    if (PQstatus(m_state->connection.get()) != CONNECTION_OK) m_state->fail(nullptr, nullptr);
    m_state->settings = digest_settings(session);
    m_state->reader_settings = reader_settings(session);
}

CopyConnection::~CopyConnection() = default;

int CopyConnection::server_version() const {
    return PQserverVersion(m_state->connection.get());
}

std::string CopyConnection::server_encoding() const {
    return PQparameterStatus(m_state->connection.get(), "server_encoding");
}

void CopyConnection::execute(const std::string& sql) {
    m_state->interruption.check();
    const Canceller canceller(m_state->cancelling(), m_state->interruption);
    if (PQsendQuery(m_state->connection.get(), sql.c_str()) != 1) m_state->fail(nullptr, &canceller);
    m_state->finish(canceller);
}

void CopyConnection::begin_reading(const std::string& snapshot) {
    execute(k_begin_reading);
    if (!snapshot.empty()) {
        const std::unique_ptr<char, decltype(&PQfreemem)> literal(
            PQescapeLiteral(m_state->connection.get(), snapshot.c_str(), snapshot.size()), &PQfreemem);
        execute(std::string("SET TRANSACTION SNAPSHOT ") + literal.get());
    }
    execute(snapshot.empty() ? m_state->settings : m_state->reader_settings);
}

void CopyConnection::begin() {
    execute("BEGIN; " + m_state->settings);
}

void CopyConnection::commit() {
    execute("COMMIT");
}

void CopyConnection::copy_out(const std::string& sql, const std::function<void(std::string_view)>& on_line) {
    m_state->interruption.check();
    const Canceller canceller(m_state->cancelling(), m_state->interruption);
    m_state->start(sql, PGRES_COPY_OUT, canceller);
    try {
        unsigned lines = 0;
        for (;;) {
            Line line;
            const int length = PQgetCopyData(m_state->connection.get(), &line.text, 0);
            if (length < 0) break;
            on_line({line.text, static_cast<std::size_t>(length)});
            if (++lines % k_lines_between_looks == 0) m_state->interruption.check();
        }
    } catch (...) {
        m_state->abandon_copy_out();
        throw;
    }
    m_state->finish(canceller);
}

void CopyConnection::copy_in(const std::string& sql, const std::function<std::string_view()>& next) {
    CopyIn rows(*this, sql);
    for (std::string_view block = next(); !block.empty(); block = next()) rows.put(block);
    rows.finish();
}

CopyIn::CopyIn(CopyConnection& connection, const std::string& sql) : m_state(*connection.m_state) {
    m_state.interruption.check();
    m_canceller = std::make_unique<Canceller>(m_state.cancelling(), m_state.interruption);
    m_state.start(sql, PGRES_COPY_IN, *m_canceller);
}

CopyIn::~CopyIn() {
    if (!m_open) return;
    PQputCopyEnd(m_state.connection.get(), "its source failed");
    while (Result(PQgetResult(m_state.connection.get()))) {  // says what was just said to it
    }
}

void CopyIn::put(std::string_view bytes) {
    m_state.interruption.check();
    if (PQputCopyData(m_state.connection.get(), bytes.data(), static_cast<int>(bytes.size())) != 1) finish();
}

void CopyIn::finish() {
    m_open = false;
    PQputCopyEnd(m_state.connection.get(), nullptr);
    m_state.finish(*m_canceller);
}

}  // namespace lastgood
