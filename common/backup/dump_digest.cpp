#include "backup/dump_digest.hpp"

#include "core/content_digest.hpp"
#include "core/failure.hpp"
#include "outside/interruption.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>
#include <zlib.h>

namespace lastgood {
namespace {

constexpr unsigned k_block = 256 * 1024;

/// What follows the last row.
constexpr std::string_view k_end_of_rows = "\\.";

Failure damaged(const std::filesystem::path& file, const std::string& why) {
    return Failure(ExitCode::failed_clean, "the archive is damaged: " + file.string() + ": " + why, "nothing",
                   "lastgood backup-capture       takes a new restore point");
}

/// The lines of a file that may be gzip, one after the other.
class Lines {
  public:
    Lines(const std::filesystem::path& path, const Interruption& interruption)
        : m_path(path), m_interruption(interruption), m_file(gzopen(path.c_str(), "rb")) {
        if (!m_file) throw damaged(path, "it cannot be opened");
        gzbuffer(m_file.get(), k_block);
        m_block.resize(k_block);
    }

    /// False at the end of the file. The view holds until the next call.
    bool next(std::string_view& line) {
        for (;;) {
            const auto end = m_rest.find('\n', m_searched);
            if (end != std::string_view::npos) {
                line = m_rest.substr(0, end);
                m_rest.remove_prefix(end + 1);
                m_searched = 0;
                return true;
            }
            m_searched = m_rest.size();
            if (!read_on()) return false;
        }
    }

  private:
    struct Close {
        void operator()(gzFile_s* file) const { gzclose(file); }
    };

    /// Moves the unfinished line to the front and reads behind it; a line wider than the block widens it.
    bool read_on() {
        m_interruption.check();
        const std::size_t kept = m_rest.size();
        std::copy(m_rest.begin(), m_rest.end(), m_block.begin());
        if (m_block.size() < kept + k_block) m_block.resize(2 * m_block.size() + k_block);
        const auto room = static_cast<unsigned>(std::min<std::size_t>(m_block.size() - kept, 1U << 30U));
        const int got = gzread(m_file.get(), m_block.data() + kept, room);
        int error = Z_OK;
        const char* words = gzerror(m_file.get(), &error);
        if (got < 0 || error == Z_BUF_ERROR) throw damaged(m_path, got < 0 ? words : "it is cut off");
        m_rest = std::string_view(m_block.data(), kept + static_cast<std::size_t>(got));
        return got > 0;
    }

    const std::filesystem::path& m_path;
    const Interruption& m_interruption;
    std::unique_ptr<gzFile_s, Close> m_file;
    std::string m_block;
    std::string_view m_rest;     ///< of m_block: what has been read and not been returned
    std::size_t m_searched = 0;  ///< octets of m_rest that hold no newline
};

}  // namespace

bool digestible_from_dump(const CatalogueTable& table) {
    return table.generated.empty() &&
           std::none_of(table.facts.columns.begin(), table.facts.columns.end(), [](const ColumnFacts& column) {
               return column.type == "money" || column.type.starts_with("money[");
           });
}

TableDigest digest_of_dump(const std::filesystem::path& file, const TableFacts& table,
                           const Interruption& interruption) {
    Lines lines(file, interruption);
    ContentDigest digest(table.column_names());
    std::string_view line;
    try {
        while (lines.next(line) && line != k_end_of_rows) digest.add_copy_line(line);
    } catch (const std::invalid_argument& error) {
        throw damaged(file, error.what());
    }
    if (line != k_end_of_rows) throw damaged(file, "its rows have no end");
    while (lines.next(line)) {  // the checksum of gzip stands behind the last of them
    }
    return {table.oid, digest.rows(), digest.text()};
}

}  // namespace lastgood
