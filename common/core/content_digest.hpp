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
/// postgres, extra_float_digits 1, bytea_output hex, search_path pg_catalog, in the database's own encoding.
/// The row's hash is PostgreSQL's hashtextextended(row, 0) under collation "C": signed, 64 bits.
/// The table's digest is the exact sum of its row hashes and the number of its rows: "<sum>/<rows>".
/// database/contents.cpp has the same definition as SQL; tests/contract/content_digest_test.cpp holds them equal.
class ContentDigest {
  public:
    /// For add() and for streams whose columns come in byte order of their names.
    ContentDigest() = default;
    /// For streams whose columns come as `columns` names them.
    explicit ContentDigest(const std::vector<std::string>& columns);

    /// Adds one row; columns in byte order of their names.
    void add(const std::vector<std::optional<std::string>>& columns);
    /// Adds one line of a COPY stream in text format, without its newline. Throws std::invalid_argument on a line that
    /// is no such thing, or that has not the columns that were announced.
    void add_copy_line(std::string_view line);
    /// Adds the rows of another part of the same table.
    void add_part(const ContentDigest& part);

    /// Adds the rows of another part that the server has summed up: `sum` as it writes the sum of their hashes. Throws
    /// std::invalid_argument if that is no number.
    void add_part(std::uint64_t rows, std::string_view sum);

    std::uint64_t rows() const { return m_rows; }
    /// "<sum>/<rows>".
    std::string text() const;

  private:
    void append_field(std::string_view field);
    void append_announced(std::string_view line);
    void add_row();

    std::string m_row;      ///< the row being written; kept for its memory
    std::string m_escaped;  ///< a field without its escapes; kept for its memory
    bool m_announced = false;
    std::vector<std::size_t> m_order;        ///< by name: the column's place in the stream
    std::vector<std::string_view> m_fields;  ///< of the line being read
    __extension__ __int128 m_sum = 0;
    std::uint64_t m_rows = 0;
};

/// PostgreSQL's hash_bytes_extended (11 and later, little-endian servers): Bob Jenkins' lookup3 with PostgreSQL's start
/// value, (b << 32) | c.
std::uint64_t postgres_hash(std::string_view bytes, std::uint64_t seed);

}  // namespace lastgood
