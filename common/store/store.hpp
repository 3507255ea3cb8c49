#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace lastgood {

/// The store did not do what was asked: unreachable, full, denied. full() tells that room must be made first.
class StoreError : public std::runtime_error {
  public:
    explicit StoreError(const std::string& what, bool is_full = false) : std::runtime_error(what), m_full(is_full) {}
    bool full() const { return m_full; }

  private:
    bool m_full;
};

/// The key that makes the objects beside it count: written after them, and what it stands beside is never replaced.
constexpr std::string_view k_sealing_key = "manifest.json";

/// Where restore points and records live. Keys are '/'-separated parts of [A-Za-z0-9._-] (a leading dot is the store's
/// own); the value of a key is written whole or not at all, durably, before a call returns. Everything throws
/// StoreError.
class Store {
  public:
    virtual ~Store() = default;

    /// "file:/var/lib/lastgood": what messages call it.
    virtual std::string address() const = 0;
    /// None if there is no such key.
    virtual std::optional<std::string> get(const std::string& key) const = 0;
    /// Writes a key that does not exist yet; false, and nothing changed, if it exists. Of two at the same instant one
    /// gets true.
    virtual bool create(const std::string& key, std::string_view bytes) = 0;
    /// Keys below `prefix` (which ends in '/'), relative to it, sorted. Objects being staged are not seen.
    virtual std::vector<std::string> list(const std::string& prefix) const = 0;
    /// The parts directly below `prefix`, "directories" only, sorted.
    virtual std::vector<std::string> list_parts(const std::string& prefix) const = 0;
    /// Removes a key or, if it ends in '/', everything below it; gone already is fine.
    virtual void remove(const std::string& key) = 0;

    /// An empty local directory for objects that will live below `prefix`; what an earlier, killed program staged for
    /// the same prefix is removed. Big files are written here once, by whoever makes them.
    virtual std::filesystem::path stage(const std::string& prefix) = 0;
    /// What stage(prefix) made, as it is now.
    virtual std::filesystem::path staged(const std::string& prefix) const = 0;
    /// Flushes what stage(prefix) got and makes it visible below `prefix`. The staging directory is gone afterwards.
    /// Objects that a killed program published there are replaced as long as no k_sealing_key is beside them; else
    /// StoreError.
    virtual void publish(const std::string& prefix) = 0;
    /// A local directory that holds the objects below `prefix`, for reading.
    virtual std::filesystem::path local_copy(const std::string& prefix) = 0;
    /// Bytes that can still be written, none if it cannot be known.
    virtual std::optional<std::uint64_t> free_space() const = 0;
    /// Why no key can be written, as far as that can be known without writing one; none if nothing forbids it.
    virtual std::optional<std::string> why_not_writable() const = 0;
    /// Staging areas and other litter that no live program owns (older than a day), removed. Returns how many.
    virtual int remove_litter() = 0;
};

/// "file:/path" -> a directory store, made on first use. Failure (2) on a scheme that this build does not know.
std::unique_ptr<Store> open_store(const std::string& address);

}  // namespace lastgood
