#include "backup/data_restore.hpp"

#include "backup/data_index.hpp"
#include "backup/pieces.hpp"
#include "backup/restore_errors.hpp"
#include "backup/restore_plan.hpp"
#include "backup/transfer.hpp"
#include "backup/zstd_stream.hpp"
#include "core/failure.hpp"
#include "database/copy_connection.hpp"
#include "database/session.hpp"
#include "outside/interruption.hpp"
#include "outside/parallel.hpp"
#include "record/point_reader.hpp"

#include <algorithm>
#include <limits>

namespace lastgood {

namespace {

Failure damaged(const std::string& what) {
    return {ExitCode::failed_clean, "the restore point's data are damaged: " + what, "nothing",
            "lastgood backups list   shows the other restore points"};
}

constexpr auto k_all = std::numeric_limits<std::uint64_t>::max();

std::uint64_t size_of(const DataIndex& index) {
    std::uint64_t size = 0;
    for (const DataFile& file : index.files) size += file.bytes;
    return size;
}

/// A data file, read from front to back.
class Source {
  public:
    Source(const PointReader& objects, const std::string& object) : m_reader(objects.read(object)), m_object(object) {}

    void skip_to(std::uint64_t offset) {
        while (m_offset < offset) require(offset - m_offset);
    }
    /// The next octets before `end`, "" when it is reached.
    std::string_view next(std::uint64_t end) { return m_offset == end ? std::string_view() : require(end - m_offset); }
    /// What is behind the last row tells whether the object was altered.
    void finish() {
        while (!m_reader.read(k_all).empty()) {
        }
    }

  private:
    std::string_view require(std::uint64_t most) {
        const std::string_view block = m_reader.read(most);
        if (block.empty()) throw damaged(m_object + " ends before the rows that the index names");
        m_offset += block.size();
        return block;
    }

    ZstdReader m_reader;
    std::string m_object;
    std::uint64_t m_offset = 0;
};

class DataRestore {
  public:
    DataRestore(const EngineContext& context, const PointReader& objects, const ConnectionUrl& url)
        : m_context(context),
          m_objects(objects),
          m_url(url),
          m_index(read_index(objects)),
          m_progress(context.console, "restored", size_of(m_index)) {}

    void run(int jobs) {
        std::vector<const DataFile*> files;
        std::vector<std::unique_ptr<CopyConnection>> connections;
        connections.push_back(connect());
        // Tables of extensions may refer to each other by constraints that are there already.
        for (const DataFile& file : m_index.files) {
            const bool first =
                std::any_of(file.sections.begin(), file.sections.end(), [](const auto& s) { return s.first; });
            if (first) {
                load(*connections.front(), {{&file}, file.bytes, false});
            } else {
                files.push_back(&file);
            }
        }
        const std::vector<RestoreItem> items = plan_restore(files, jobs);
        while (connections.size() < std::min<std::size_t>(items.size(), static_cast<std::size_t>(jobs))) {
            connections.push_back(connect());
        }
        in_parallel_with(connections, items.size(),
                         [&](CopyConnection& connection, std::size_t i) { load(connection, items[i]); });
    }

  private:
    std::unique_ptr<CopyConnection> connect() const {
        return std::make_unique<CopyConnection>(m_url, m_context.application_name, m_context.interruption);
    }

    void load(CopyConnection& connection, const RestoreItem& item) {
        try {
            connection.begin();
            // Rows of a table that was truncated in the same transaction can be written frozen: VACUUM need not come
            // again.
            if (item.whole_table) connection.execute(truncate_sql(item.files.front()->sections.front().copied));
            for (const DataFile* file : item.files) load(connection, *file, item.whole_table);
            connection.commit();
        } catch (const DatabaseError& error) {
            throw restore_failure("COPY", {error.what()}, m_url.part("user"), "an error");
        } catch (const ZstdError& error) {
            throw damaged(error.what());
        }
    }

    void load(CopyConnection& connection, const DataFile& file, bool frozen) {
        Source source(m_objects, data_object(file.name));
        for (const DataSection& section : file.sections) {
            if (section.rows == 0) continue;
            if (section.fresh_table) connection.execute(truncate_sql(section.copied));
            load(connection, source, section, frozen || section.fresh_table);
        }
        source.finish();
        m_progress.done(file.bytes);
    }

    void load(CopyConnection& connection, Source& source, const DataSection& section, bool frozen) {
        m_progress.at(section.copied.substr(0, section.copied.find(" (")));
        source.skip_to(section.offset);
        const std::uint64_t end = section.offset + section.bytes;
        connection.copy_in(copy_in_sql(section.copied, m_index.encoding, frozen), [&] {
            const std::string_view block = source.next(end);
            m_progress.add(0, block.size());
            return block;
        });
        m_progress.add(section.rows, 0);
    }

    const EngineContext& m_context;
    const PointReader& m_objects;
    ConnectionUrl m_url;
    DataIndex m_index;
    Transfer m_progress;
};

}  // namespace

void restore_data(const EngineContext& context, const PointReader& objects, const ConnectionUrl& url, int jobs) {
    DataRestore(context, objects, url).run(jobs);
}

void check_data(const EngineContext& context, const PointReader& objects, int jobs) {
    const DataIndex index = read_index(objects);
    Transfer progress(context.console, "checked", size_of(index));
    in_parallel(jobs, index.files.size(), [&](std::size_t i) {
        const DataFile& file = index.files[i];
        std::uint64_t bytes = 0;
        try {
            ZstdReader reader(objects.read(data_object(file.name)));
            for (auto block = reader.read(k_all); !block.empty(); block = reader.read(k_all)) {
                context.interruption.check();
                bytes += block.size();
                progress.add(0, block.size());
            }
        } catch (const ZstdError& error) {
            throw damaged(error.what());
        }
        if (bytes != file.bytes) throw damaged(data_object(file.name) + " has another length");
        progress.done(file.bytes);
    });
}

}  // namespace lastgood
