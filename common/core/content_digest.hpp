#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lastgood {

/// Content digest, format 1.
///
/// A row is written as its columns in byte order of their names, each as `-` if it is NULL and else as
/// `<octets>:<text>`, text being the output function's, under TimeZone UTC, DateStyle 'ISO, YMD', IntervalStyle
/// postgres, extra_float_digits 1, bytea_output hex, search_path pg_catalog (UTF-8 client encoding for the C++ side).
/// The row's hash is PostgreSQL's hashtextextended(row, 0) under collation "C": signed, 64 bits.
/// The table's digest is the exact sum of its row hashes and the number of its rows: "<sum>/<rows>".
/// database/contents.cpp has the same definition as SQL; tests/contract/content_digest_test.cpp holds them equal.
class ContentDigest {
  public:
    /// Adds one row; columns in byte order of their names.
    void add(const std::vector<std::optional<std::string>>& columns);
    /// Adds one line of `COPY (SELECT columns in byte order of their names) TO STDOUT` in text format, without its
    /// newline. Throws std::invalid_argument on a line that is no such thing.
    void add_copy_line(std::string_view line);

    std::uint64_t rows() const { return m_rows; }
    /// "<sum>/<rows>".
    std::string text() const;

  private:
    void add_row();

    std::string m_row;  ///< the row being written; kept for its memory
    __extension__ __int128 m_sum = 0;
    std::uint64_t m_rows = 0;
};

/// PostgreSQL's hash_bytes_extended (11 and later, little-endian servers): Bob Jenkins' lookup3 with PostgreSQL's start
/// value, (b << 32) | c.
std::uint64_t postgres_hash(std::string_view bytes, std::uint64_t seed);

}  // namespace lastgood
