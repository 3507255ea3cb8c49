#include "database/contents.hpp"

#include "core/content_digest.hpp"
#include "database/cannot_read.hpp"
#include "database/catalogue.hpp"
#include "database/digest_query.hpp"
#include "database/slices.hpp"
#include "database/snapshot_reader.hpp"
#include "outside/interruption.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace lastgood {
namespace {

/// A part of a table that one reader reads in one go.
constexpr std::uint64_t k_slice = 64ULL << 20U;

/// Largest tables first; one large table keeps several readers busy.
std::vector<Slice> plan_reading(std::vector<CatalogueTable>& tables, int jobs, int server_version) {
    std::stable_sort(tables.begin(), tables.end(), [](const auto& a, const auto& b) { return a.size > b.size; });
    std::vector<Slice> slices;
    for (std::size_t i = 0; i < tables.size(); ++i) {
        if (jobs > 1 && can_be_cut(tables[i], k_slice, server_version)) {
            for (const Slice& slice : cut(i, tables[i], k_slice)) slices.push_back(slice);
        } else {
            slices.push_back({i, std::nullopt, std::nullopt});
        }
    }
    return slices;
}

/// What is still to be read, and what its readers share.
class Reading {
  public:
    Reading(ContentFacts& facts, std::vector<CatalogueTable>& tables, std::vector<Slice> slices,
            const std::function<void(const TableFacts&)>& on_table)
        : m_facts(facts),
          m_tables(tables),
          m_slices(std::move(slices)),
          m_digests(tables.size()),
          m_left(tables.size()),
          m_on_table(on_table) {
        for (const Slice& slice : m_slices) ++m_left[slice.table];
    }

    std::size_t parts() const { return m_slices.size() + 1; }
    /// Reads parts until none is left or a reader has failed. The large objects come first: they can be the longest.
    void work(Session& session) {
        for (std::size_t i = m_next++; i < parts() && !m_stop; i = m_next++) {
            if (i == 0) {
                read_large_objects(session);
            } else {
                read_slice(session, m_slices[i - 1]);
            }
        }
    }
    void stop() { m_stop = true; }

  private:
    void read_slice(Session& session, const Slice& slice) {
        const CatalogueTable& table = m_tables[slice.table];
        try {
            const Rows rows = session.query(digest_query(session, table.facts, condition_of(table, slice)));
            add(slice.table, std::stoull(*rows[0][0]), *rows[0][1]);
        } catch (const DatabaseError& error) {
            throw cannot_read("table " + table.facts.qualified(), error);
        }
    }

    void add(std::size_t index, std::uint64_t rows, const std::string& sum) {
        const std::lock_guard lock(m_mutex);
        ContentDigest& digest = m_digests[index];
        digest.add_part(rows, sum);
        if (--m_left[index] != 0) return;
        TableFacts& facts = m_tables[index].facts;
        facts.rows = digest.rows();
        facts.digest = digest.text();
        if (m_on_table) m_on_table(facts);
    }

    void read_large_objects(Session& session) {
        try {
            const Rows rows = session.query(large_objects_query());
            m_facts.large_objects = *rows[0][1] + "/" + *rows[0][0];
        } catch (const DatabaseError& error) {
            throw cannot_read("the large objects", error);
        }
    }

    ContentFacts& m_facts;
    std::vector<CatalogueTable>& m_tables;
    std::vector<Slice> m_slices;
    std::mutex m_mutex;
    std::vector<ContentDigest> m_digests;  ///< one of each table
    std::vector<std::size_t> m_left;       ///< slices of each table that are still to be read
    const std::function<void(const TableFacts&)>& m_on_table;
    std::atomic<std::size_t> m_next{0};
    std::atomic<bool> m_stop{false};
};

/// Tables that somebody else has digested already are left out of the reading.
std::vector<CatalogueTable> take_known(std::vector<CatalogueTable>& tables, const std::vector<TableDigest>& known) {
    std::map<std::uint32_t, const TableDigest*> by_oid;
    for (const TableDigest& digest : known) by_oid[digest.oid] = &digest;
    const auto first_known = std::stable_partition(
        tables.begin(), tables.end(), [&](const CatalogueTable& table) { return !by_oid.contains(table.facts.oid); });
    std::vector<CatalogueTable> taken(std::make_move_iterator(first_known), std::make_move_iterator(tables.end()));
    tables.erase(first_known, tables.end());
    for (CatalogueTable& table : taken) {
        table.facts.rows = by_oid[table.facts.oid]->rows;
        table.facts.digest = by_oid[table.facts.oid]->digest;
    }
    return taken;
}

/// The first exception of several threads; it stops the others.
class FirstFailure {
  public:
    FirstFailure(Reading& reading, std::vector<std::unique_ptr<SnapshotReader>>& readers, Interruption& interruption)
        : m_reading(reading), m_readers(readers), m_interruption(interruption) {}

    void note(const SnapshotReader& failed, std::exception_ptr failure) {
        const std::lock_guard lock(m_mutex);
        if (m_first) return;
        m_first = std::move(failure);
        m_reading.stop();
        cancel_others(failed);
    }
    void rethrow() const {
        if (m_first) std::rethrow_exception(m_first);
    }

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
        } catch (const std::exception&) {  // they end with the tables that they are at
        }
    }

    Reading& m_reading;
    std::vector<std::unique_ptr<SnapshotReader>>& m_readers;
    Interruption& m_interruption;
    std::mutex m_mutex;
    std::exception_ptr m_first;
};

void read_all(Reading& reading, std::vector<std::unique_ptr<SnapshotReader>>& readers, Interruption& interruption) {
    FirstFailure failure(reading, readers, interruption);
    const auto work = [&reading, &failure](SnapshotReader& reader) {
        try {
            reading.work(reader.session());
        } catch (...) {
            failure.note(reader, std::current_exception());
        }
    };
    std::vector<std::thread> threads;
    for (std::size_t i = 1; i < readers.size(); ++i) threads.emplace_back(work, std::ref(*readers[i]));
    work(*readers.front());
    for (std::thread& thread : threads) thread.join();
    failure.rethrow();
}

}  // namespace

ContentFacts read_contents(const ConnectionUrl& url, const std::string& application_name, const std::string& snapshot,
                           int jobs, Interruption& interruption, const std::function<void(const TableFacts&)>& on_table,
                           const std::vector<TableDigest>& known) {
    std::vector<std::unique_ptr<SnapshotReader>> readers;
    readers.push_back(std::make_unique<SnapshotReader>(url, application_name, snapshot, interruption));
    Catalogue catalogue = read_tables_and_sequences(readers.front()->session());
    const std::vector<CatalogueTable> taken = take_known(catalogue.tables, known);
    ContentFacts facts;
    const int server_version = readers.front()->session().server_version();
    Reading reading(facts, catalogue.tables, plan_reading(catalogue.tables, jobs, server_version), on_table);
    const auto useful = std::min<std::size_t>(static_cast<std::size_t>(std::max(jobs, 1)), reading.parts());
    while (readers.size() < useful) {
        readers.push_back(std::make_unique<SnapshotReader>(url, application_name, snapshot, interruption));
    }
    read_all(reading, readers, interruption);

    for (CatalogueTable& table : catalogue.tables) facts.tables.push_back(std::move(table.facts));
    for (const CatalogueTable& table : taken) facts.tables.push_back(table.facts);
    std::sort(facts.tables.begin(), facts.tables.end(),
              [](const TableFacts& a, const TableFacts& b) { return a.qualified() < b.qualified(); });
    facts.sequences = std::move(catalogue.sequences);
    facts.not_compared = std::move(catalogue.not_compared);
    return facts;
}

}  // namespace lastgood
