#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

namespace lastgood {

class Console;

/// Tells people how far several workers are together: rows, octets of rows, rate and, where the whole is known, how
/// much time is left.
class Transfer {
  public:
    /// `verb`: "captured"; `whole`: octets in all, 0 if not known.
    Transfer(Console& console, std::string verb, std::uint64_t whole);
    /// Tells programs that listen how it ended.
    ~Transfer();
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;

    /// What is worked at from now on, by one of the workers: a table.
    void at(const std::string& what);
    /// Cheap: from any thread, for every block.
    void add(std::uint64_t rows, std::uint64_t octets);
    /// Part of the whole that is done, in the unit of `whole`, where that is not octets of rows.
    void done(std::uint64_t part);

  private:
    /// What is known at one moment.
    struct State {
        std::uint64_t rows = 0;
        std::uint64_t octets = 0;
        std::uint64_t rate = 0;  ///< octets per second
        std::optional<double> share;
        std::optional<std::chrono::milliseconds> left;
        std::string at;
    };
    State state() const;
    std::string line(const State& state) const;
    void tell(const State& state) const;

    Console& m_console;
    std::string m_verb;
    std::uint64_t m_whole;
    std::chrono::steady_clock::time_point m_start = std::chrono::steady_clock::now();
    std::atomic<std::uint64_t> m_rows{0};
    std::atomic<std::uint64_t> m_octets{0};
    std::atomic<std::uint64_t> m_done{0};
    mutable std::mutex m_name_mutex;
    std::string m_at;
    std::mutex m_mutex;
    std::chrono::steady_clock::time_point m_told = m_start;
};

}  // namespace lastgood
