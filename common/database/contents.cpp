#include "database/contents.hpp"

#include "core/content_digest.hpp"
#include "database/cannot_read.hpp"
#include "database/catalogue.hpp"
#include "database/digest_query.hpp"
#include "database/slices.hpp"
#include "database/table_readers.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <mutex>

namespace lastgood {
namespace {

/// The digests of tables, put together from those of their slices.
class Digesting {
  public:
    Digesting(std::vector<CatalogueTable>& tables, std::vector<Slice> slices,
              const std::function<void(const TableFacts&)>& on_table)
        : m_tables(tables),
          m_slices(std::move(slices)),
          m_digests(tables.size()),
          m_left(tables.size()),
          m_on_table(on_table) {
        for (const Slice& slice : m_slices) ++m_left[slice.table];
    }

    std::size_t slices() const { return m_slices.size(); }
    void read(Session& session, std::size_t number) {
        const Slice& slice = m_slices[number];
        const CatalogueTable& table = m_tables[slice.table];
        try {
            const Rows rows = session.query(digest_query(session, table.facts, condition_of(table, slice)));
            add(slice.table, std::stoull(*rows[0][0]), *rows[0][1]);
        } catch (const DatabaseError& error) {
            throw cannot_read("table " + table.facts.qualified(), error);
        }
    }

  private:
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

    std::vector<CatalogueTable>& m_tables;
    std::vector<Slice> m_slices;
    std::mutex m_mutex;
    std::vector<ContentDigest> m_digests;  ///< one of each table
    std::vector<std::size_t> m_left;       ///< slices of each table that are still to be read
    const std::function<void(const TableFacts&)>& m_on_table;
};

std::string read_large_objects(Session& session) {
    try {
        const Rows rows = session.query(large_objects_query());
        return *rows[0][1] + "/" + *rows[0][0];
    } catch (const DatabaseError& error) {
        throw cannot_read("the large objects", error);
    }
}

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

}  // namespace

ContentFacts read_contents(const ConnectionUrl& url, const std::string& application_name, const std::string& snapshot,
                           int jobs, Interruption& interruption, const std::function<void(const TableFacts&)>& on_table,
                           const std::vector<TableDigest>& known) {
    const ReadingOrder order{url, application_name, jobs, interruption};
    TableReaders readers(order, snapshot, snapshot.empty() ? digest_settings : reader_settings);
    Catalogue catalogue = read_tables_and_sequences(readers.first());
    const std::vector<CatalogueTable> taken = take_known(catalogue.tables, known);
    ContentFacts facts;
    Digesting digesting(catalogue.tables, plan_reading(catalogue.tables, jobs, readers.first().server_version()),
                        on_table);
    // The large objects come first: they can be the longest.
    readers.read(digesting.slices() + 1, [&](Session& session, std::size_t part) {
        if (part > 0) return digesting.read(session, part - 1);
        facts.large_objects = read_large_objects(session);
    });

    for (CatalogueTable& table : catalogue.tables) facts.tables.push_back(std::move(table.facts));
    for (const CatalogueTable& table : taken) facts.tables.push_back(table.facts);
    std::sort(facts.tables.begin(), facts.tables.end(),
              [](const TableFacts& a, const TableFacts& b) { return a.qualified() < b.qualified(); });
    facts.sequences = std::move(catalogue.sequences);
    facts.not_compared = std::move(catalogue.not_compared);
    return facts;
}

std::vector<TableFacts> read_digests(const ReadingOrder& order, const std::vector<std::uint32_t>& oids) {
    TableReaders readers(order, "", digest_settings);
    Catalogue catalogue = read_tables_and_sequences(readers.first());
    std::erase_if(catalogue.tables, [&](const CatalogueTable& table) {
        return std::find(oids.begin(), oids.end(), table.facts.oid) == oids.end();
    });
    const std::function<void(const TableFacts&)> nobody;
    Digesting digesting(catalogue.tables, plan_reading(catalogue.tables, order.jobs, readers.first().server_version()),
                        nobody);
    readers.read(digesting.slices(), [&](Session& session, std::size_t part) { digesting.read(session, part); });
    std::vector<TableFacts> facts;
    for (CatalogueTable& table : catalogue.tables) facts.push_back(std::move(table.facts));
    return facts;
}

}  // namespace lastgood
