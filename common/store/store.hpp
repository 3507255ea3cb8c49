#pragma once

#include "outside/clock.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace lastgood {

class Environment;
class Interruption;
class Redaction;

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

/// Writes one object from front to back. One that is not finished never becomes an object.
class ObjectWriter {
  public:
    virtual ~ObjectWriter() = default;
    virtual void write(std::string_view bytes) = 0;
    /// The object stands whole under its key when this returns.
    virtual void finish() = 0;
};

/// Reads one object from front to back.
class ObjectReader {
  public:
    virtual ~ObjectReader() = default;
    /// The next octets, "" at the end. The view holds until the next call.
    virtual std::string_view read() = 0;
};

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
    /// Keys below `prefix` (which ends in '/'), relative to it, sorted. Unfinished ones are not seen.
    virtual std::vector<std::string> list(const std::string& prefix) const = 0;
    /// The parts directly below `prefix`, "directories" only, sorted.
    virtual std::vector<std::string> list_parts(const std::string& prefix) const = 0;
    /// Removes a key or, if it ends in '/', everything below it; gone already is fine.
    virtual void remove(const std::string& key) = 0;

    /// Writes an object that is no key of the record: several at a time, from any thread. An object of that name is
    /// replaced: what a killed program left below a prefix without k_sealing_key is worth nothing.
    virtual std::unique_ptr<ObjectWriter> write(const std::string& key) = 0;
    /// StoreError if there is no such object.
    virtual std::unique_ptr<ObjectReader> read(const std::string& key) const = 0;
    /// What was written below `prefix` is durable when this returns.
    virtual void settle(const std::string& prefix) = 0;
    /// Where programs find and leave the objects below `prefix` as files; none if the store is no directory of this
    /// machine.
    virtual std::optional<std::filesystem::path> directory(const std::string& prefix) const = 0;
    /// When anything below `prefix` was changed last, none if nothing is there.
    virtual std::optional<Time> last_change(const std::string& prefix) const = 0;
    /// Bytes that can still be written, none if it cannot be known.
    virtual std::optional<std::uint64_t> free_space() const = 0;
    /// Why no key can be written, as far as that can be known without writing one; none if nothing forbids it.
    virtual std::optional<std::string> why_not_writable() const = 0;
    /// Drafts, uploads that never ended and other litter that no live program owns (older than a day), removed. Returns
    /// how many.
    virtual int remove_litter() = 0;
};

/// What a store needs of the program that opens it.
struct StoreContext {
    const Environment& environment;  ///< credentials
    Redaction& redaction;            ///< gets what must never be shown
    Interruption& interruption;      ///< ends a transfer
};

/// "file:/path" -> a directory store, made on first use. Failure (2) on a scheme that this build does not know.
std::unique_ptr<Store> open_store(const std::string& address, const StoreContext& context);

}  // namespace lastgood
