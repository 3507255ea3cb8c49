#include "database/table_readers.hpp"

#include "outside/interruption.hpp"
#include "outside/parallel.hpp"

#include <algorithm>
#include <exception>
#include <mutex>
#include <utility>

namespace lastgood {
namespace {

/// What happened first is the reason; the others fail because they are cancelled for it.
class FirstFailure {
  public:
    FirstFailure(std::vector<std::unique_ptr<SnapshotReader>>& readers, Interruption& interruption)
        : m_readers(readers), m_interruption(interruption) {}

    void note(const SnapshotReader& failed, std::exception_ptr failure) {
        const std::lock_guard lock(m_mutex);
        if (m_first) return;
        m_first = std::move(failure);
        cancel_others(failed);
    }
    [[noreturn]] void rethrow() const { std::rethrow_exception(m_first); }

  private:
    /// After a signal they have been cancelled already.
    void cancel_others(const SnapshotReader& failed) {
        if (m_readers.size() == 1 || m_interruption.requested() != 0) return;
        try {
            Session& any = m_readers.front()->session();
            Session canceller(any.url(), any.url().part("application_name"), m_interruption);
            for (const auto& reader : m_readers) {
                if (reader.get() == &failed) continue;
                canceller.query("select pg_catalog.pg_cancel_backend($1::int)",
                                {std::to_string(reader->session().backend_pid())});
            }
        } catch (const std::exception&) {  // they end with the parts that they are at
        }
    }

    std::vector<std::unique_ptr<SnapshotReader>>& m_readers;
    Interruption& m_interruption;
    std::mutex m_mutex;
    std::exception_ptr m_first;
};

}  // namespace

TableReaders::TableReaders(const ReadingOrder& order, const std::string& snapshot, SettingsOf settings)
    : m_order(order), m_snapshot(snapshot), m_settings(settings) {
    m_readers.push_back(
        std::make_unique<SnapshotReader>(order.url, order.application_name, snapshot, order.interruption, settings));
}

void TableReaders::open_others(std::size_t parts) {
    const auto useful = std::min(static_cast<std::size_t>(std::max(m_order.jobs, 1)), parts);
    if (m_snapshot.empty() && m_readers.size() < useful)
        m_snapshot = *first().value("select pg_catalog.pg_export_snapshot()");
    while (m_readers.size() < useful) {
        m_readers.push_back(std::make_unique<SnapshotReader>(m_order.url, m_order.application_name, m_snapshot,
                                                             m_order.interruption, m_settings));
    }
}

/// PostgreSQL reads 0 as "no limit".
void TableReaders::limit(Session& session) const {
    if (!m_order.deadline) return;
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(*m_order.deadline - std::chrono::steady_clock::now());
    session.execute("set local statement_timeout = " + std::to_string(std::max<long long>(left.count(), 1)));
}

void TableReaders::read(std::size_t parts, const std::function<void(Session&, std::size_t)>& work) {
    open_others(parts);
    FirstFailure failure(m_readers, m_order.interruption);
    try {
        in_parallel_with(m_readers, parts, [&](SnapshotReader& reader, std::size_t part) {
            try {
                limit(reader.session());
                work(reader.session(), part);
            } catch (...) {
                failure.note(reader, std::current_exception());
                throw;
            }
        });
    } catch (...) {
        failure.rethrow();
    }
}

}  // namespace lastgood
