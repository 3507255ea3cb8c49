#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

namespace lastgood {

/// A file of Markdown that several programs append to and a host shows.
class SummaryFile {
  public:
    /// `file` "" : there is none. GitHub shows nothing of a step's summary of more than 1 MiB; others get no more.
    explicit SummaryFile(std::filesystem::path file) : m_file(std::move(file)) {}

    /// What is left of the limit.
    std::optional<std::size_t> room() const;
    /// Cut to room() at a line's end, with a word. Throws std::system_error.
    void append(std::string markdown) const;

  private:
    std::filesystem::path m_file;
};

/// Appends to a file that a host reads, in one write. Throws std::system_error.
void append_to(const std::filesystem::path& file, const std::string& text);

}  // namespace lastgood
