#pragma once

#include "record/restore_points.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace lastgood {

class Interruption;
class ObjectWriter;
class Protection;
class Store;

/// Writes the objects of one restore point and notes what the store got: size and digest of each. From any thread.
/// Everything throws StoreError.
class PointWriter {
  public:
    /// `prefix` ends in '/'; `protection` (none: nothing is encrypted) and `interruption` may be null.
    PointWriter(Store& store, std::string prefix, const Protection* protection, const Interruption* interruption);

    /// An object that is written piece by piece; it must not outlive this.
    std::unique_ptr<ObjectWriter> write(const std::string& name);
    void put(const std::string& name, std::string_view bytes);
    /// For programs that make files: `make` makes the file, or the directory of files, that it is given, and what it
    /// left there becomes the object `name`, or objects below it. Nothing is copied where the store is a directory and
    /// nothing is encrypted.
    void take(const std::string& name, const std::function<void(const std::filesystem::path&)>& make);

    /// Of what was finished, in order of key.
    std::vector<ObjectFacts> objects() const;

  private:
    class Noting;
    void note(ObjectFacts object);
    void digest_files(const std::filesystem::path& directory, const std::vector<std::string>& names);
    void copy_files(const std::filesystem::path& directory, const std::vector<std::string>& names);

    Store& m_store;
    std::string m_prefix;
    const Protection* m_protection;  ///< null: nothing is encrypted
    const Interruption* m_interruption;
    mutable std::mutex m_mutex;
    std::vector<ObjectFacts> m_objects;
};

}  // namespace lastgood
