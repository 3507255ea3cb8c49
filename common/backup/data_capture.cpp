#include "backup/data_capture.hpp"

#include "backup/pieces.hpp"
#include "backup/row_mirror.hpp"
#include "backup/transfer.hpp"
#include "backup/zstd_stream.hpp"
#include "core/content_digest.hpp"
#include "core/failure.hpp"
#include "database/cannot_read.hpp"
#include "database/copy_connection.hpp"
#include "database/session.hpp"
#include "outside/parallel.hpp"
#include "record/point_writer.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <mutex>
#include <optional>
#include <stdexcept>

namespace lastgood {

namespace {

/// What the rows were written under: for the person who reads them in with psql.
constexpr const char* k_header =
    "-- rows captured by lastgood: between pre-data and post-data of ../schema.dump\n"
    "SET client_encoding = 'UTF8'; SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres'; "
    "SET lc_monetary = 'C'; SET search_path = pg_catalog; SET statement_timeout = 0;\n";

constexpr std::uint64_t k_rows_between_reports = 1024;

std::string file_name(std::size_t number) {
    std::array<char, 32> name{};
    std::snprintf(name.data(), name.size(), "%06zu.sql.zst", number + 1);
    return name.data();
}

class DataCapture {
  public:
    DataCapture(const EngineContext& context, const CaptureOrder& order, int level)
        : m_context(context),
          m_order(order),
          m_level(level),
          m_progress(context.console, "captured", size_of(order.tables)) {
        for (const CatalogueTable& table : order.tables) m_digests.emplace_back(table.facts.column_names());
    }

    CapturedData run() {
        std::vector<std::unique_ptr<Lane>> lanes;
        lanes.push_back(std::make_unique<Lane>(*this));
        m_encoding = lanes.front()->from.server_encoding();
        std::vector<Piece> pieces = plan_pieces(m_order.tables, m_order.jobs, lanes.front()->from.server_version());
        const std::size_t begin = m_order.mirror ? move_extensions_first(pieces) : 0;
        while (lanes.size() < std::min<std::size_t>(pieces.size(), static_cast<std::size_t>(m_order.jobs))) {
            lanes.push_back(std::make_unique<Lane>(*this));
        }
        CapturedData captured;
        captured.index.encoding = m_encoding;
        captured.index.files.resize(pieces.size());
        const auto write = [&](Lane& lane, std::size_t i) {
            captured.index.files[i] = write_file(lane, pieces[i], file_name(i));
            m_progress.done(pieces[i].size);
        };
        for (std::size_t i = 0; i < begin; ++i) write(*lanes.front(), i);
        in_parallel_with(lanes, pieces.size() - begin, [&](Lane& lane, std::size_t i) { write(lane, begin + i); });
        for (std::size_t i = 0; i < m_order.tables.size(); ++i) {
            if (!m_order.tables[i].generated.empty()) continue;
            captured.digests.push_back({m_order.tables[i].facts.oid, m_digests[i].rows(), m_digests[i].text()});
        }
        return captured;
    }

  private:
    static std::uint64_t size_of(const std::vector<CatalogueTable>& tables) {
        std::uint64_t size = 0;
        for (const CatalogueTable& table : tables) size += table.size;
        return size;
    }

    /// What one worker has: where rows come from, and where else they go.
    struct Lane {
        explicit Lane(const DataCapture& capture)
            : from(capture.m_order.url, capture.m_context.application_name, capture.m_context.interruption) {
            from.begin_reading(capture.m_order.snapshot);
            if (capture.m_order.mirror) mirror.emplace(*capture.m_order.mirror, capture.m_context);
        }
        CopyConnection from;
        std::optional<RowMirror> mirror;
    };

    /// Tables of extensions may refer to each other by constraints that are there already. Returns how many pieces hold
    /// some.
    std::size_t move_extensions_first(std::vector<Piece>& pieces) const {
        const auto end = std::stable_partition(pieces.begin(), pieces.end(), [&](const Piece& piece) {
            return std::any_of(piece.slices.begin(), piece.slices.end(),
                               [&](const Slice& slice) { return m_order.tables[slice.table].of_extension; });
        });
        return static_cast<std::size_t>(end - pieces.begin());
    }

    DataFile write_file(Lane& lane, const Piece& piece, const std::string& name) {
        DataFile file{name, 0, {}};
        if (lane.mirror) lane.mirror->begin();
        ZstdWriter writer(m_order.target.write(data_object(name)), m_level);
        writer.write(k_header);
        for (const Slice& slice : piece.slices) file.sections.push_back(write_slice(lane, slice, writer));
        writer.finish();
        if (lane.mirror) lane.mirror->commit();
        file.bytes = writer.written();
        return file;
    }

    DataSection write_slice(Lane& lane, const Slice& slice, ZstdWriter& writer) {
        const CatalogueTable& table = m_order.tables[slice.table];
        m_progress.at(table.facts.qualified());
        DataSection section;
        section.copied = copied(table);
        section.fresh_table = slice.whole() && !table.of_extension;
        section.first = table.of_extension;
        writer.write("COPY " + section.copied + " FROM stdin (ENCODING '" + m_encoding + "');\n");
        section.offset = writer.written();
        const bool digested = table.generated.empty();
        ContentDigest digest(table.facts.column_names());
        std::uint64_t told = 0;
        if (lane.mirror) lane.mirror->begin_table(section.copied, m_encoding, section.fresh_table);
        try {
            lane.from.copy_out(copy_out_sql(table, slice, m_encoding), [&](std::string_view line) {
                writer.write(line);
                if (lane.mirror) lane.mirror->put(line);
                if (digested) digest.add_copy_line(line.substr(0, line.size() - 1));
                if (++section.rows % k_rows_between_reports == 0) {
                    m_progress.add(k_rows_between_reports, writer.written() - section.offset - told);
                    told = writer.written() - section.offset;
                }
            });
        } catch (const DatabaseError& error) {
            throw cannot_read("table " + table.facts.qualified(), error);
        }
        if (lane.mirror) lane.mirror->end_table();
        section.bytes = writer.written() - section.offset;
        m_progress.add(section.rows % k_rows_between_reports, section.bytes - told);
        writer.write("\\.\n");
        const std::lock_guard lock(m_mutex);
        m_digests[slice.table].add_part(digest);
        return section;
    }

    const EngineContext& m_context;
    const CaptureOrder& m_order;
    int m_level;
    Transfer m_progress;
    std::string m_encoding;
    std::mutex m_mutex;
    std::vector<ContentDigest> m_digests;  ///< one of each table
};

}  // namespace

CapturedData capture_data(const EngineContext& context, const CaptureOrder& order, int level) {
    return DataCapture(context, order, level).run();
}

}  // namespace lastgood
