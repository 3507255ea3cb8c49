#pragma once

#include "core/failure.hpp"
#include "record/restore_points.hpp"

#include <filesystem>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace lastgood {

class Interruption;
class ObjectReader;
class Protection;
class Store;
class TemporaryDirectory;

/// Reads the objects of one restore point, each of which must have the size and the digest of the manifest: Failure (4)
/// names the one that has not. From any thread.
class PointReader {
  public:
    /// `prefix` ends in '/'; `protection` may be null where nothing is encrypted; `interruption` may be null. Failure
    /// (4) if an object is missing.
    PointReader(const Store& store, std::string prefix, const Manifest& manifest, const Protection* protection,
                const Interruption* interruption);
    ~PointReader();

    /// Whether there is an object `name`, or one below `name`/.
    bool has(const std::string& name) const;
    /// Whether objects cannot be read here, for want of an identity.
    bool locked() const;
    /// Reads an object; Failure (4) when its end is reached and it was altered, Failure (3) where it is locked.
    std::unique_ptr<ObjectReader> read(const std::string& name) const;
    std::string get(const std::string& name) const;
    /// The object, or the directory of the objects below it, as files, checked; they live as long as this.
    std::filesystem::path file(const std::string& name);
    /// All objects as files below `directory`, checked; decrypted, unless they are locked.
    void copy_to(const std::filesystem::path& directory) const;
    /// Reads every object to its end, several at a time.
    void check();
    /// check() where the store is a directory of this machine: what is altered is found before anything is restored.
    /// Over a network it is found as it passes by, and nobody waits for everything twice.
    void check_if_near();

  private:
    std::string key_of(const std::string& name) const;
    std::string name_of(const ObjectFacts& object) const;
    const ObjectFacts* find(const std::string& name) const;
    std::vector<const ObjectFacts*> below(const std::string& name) const;
    void check(const std::vector<const ObjectFacts*>& objects);
    void fetch(const ObjectFacts& object, const std::filesystem::path& directory) const;
    void save(ObjectReader& from, const std::filesystem::path& file) const;
    std::unique_ptr<ObjectReader> read_stored(const ObjectFacts& object) const;
    std::unique_ptr<ObjectReader> read(const ObjectFacts& object) const;
    Failure unusable(const std::string& difference) const;

    const Store& m_store;
    std::string m_prefix;
    std::string m_id;
    std::vector<ObjectFacts> m_objects;
    bool m_encrypted;
    const Protection* m_protection;
    const Interruption* m_interruption;
    std::mutex m_mutex;               ///< of what follows
    std::set<std::string> m_at_hand;  ///< objects that stand checked in files
    std::unique_ptr<TemporaryDirectory> m_scratch;
};

}  // namespace lastgood
