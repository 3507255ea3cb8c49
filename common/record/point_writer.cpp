#include "record/point_writer.hpp"

#include "outside/files.hpp"
#include "outside/interruption.hpp"
#include "outside/parallel.hpp"
#include "outside/sha256.hpp"
#include "record/protection.hpp"
#include "store/object_file.hpp"
#include "store/private_tree.hpp"
#include "store/store.hpp"

#include <algorithm>

namespace lastgood {

namespace fs = std::filesystem;

namespace {

/// More would fight over the disk.
constexpr int k_threads = 4;

void pump(ObjectReader& from, const Interruption* interruption, const std::function<void(std::string_view)>& to) {
    for (auto block = from.read(); !block.empty(); block = from.read()) {
        if (interruption != nullptr) interruption->check();
        to(block);
    }
}

/// The files at or below `directory`/`name`, relative to `directory`.
std::vector<std::string> files_of(const fs::path& directory, const std::string& name) {
    if (fs::is_regular_file(directory / name)) return {name};
    std::vector<std::string> names = visible_files(directory / name);
    for (std::string& file : names) file.insert(0, name + "/");
    return names;
}

}  // namespace

/// Digests what passes by on its way into the store.
class PointWriter::Noting : public ObjectWriter {
  public:
    Noting(PointWriter& owner, std::string key, std::unique_ptr<ObjectWriter> store)
        : m_owner(owner), m_object{std::move(key), 0, ""}, m_store(std::move(store)) {}

    void write(std::string_view bytes) override {
        m_store->write(bytes);
        m_digest.add(bytes);
        m_object.size += bytes.size();
    }
    void finish() override {
        m_store->finish();
        m_object.sha256 = m_digest.hex();
        m_owner.note(m_object);
    }

  private:
    PointWriter& m_owner;
    ObjectFacts m_object;
    Sha256 m_digest;
    std::unique_ptr<ObjectWriter> m_store;
};

PointWriter::PointWriter(Store& store, std::string prefix, const Protection* protection,
                         const Interruption* interruption)
    : m_store(store),
      m_prefix(std::move(prefix)),
      m_protection(protection != nullptr && protection->encrypts() ? protection : nullptr),
      m_interruption(interruption) {}

std::unique_ptr<ObjectWriter> PointWriter::write(const std::string& name) {
    const std::string key = m_protection != nullptr ? encrypted_key(name) : name;
    auto object = std::make_unique<Noting>(*this, key, m_store.write(m_prefix + key));
    if (m_protection == nullptr) return object;
    return m_protection->encrypting(std::move(object));
}

void PointWriter::put(const std::string& name, std::string_view bytes) {
    const auto object = write(name);
    object->write(bytes);
    object->finish();
}

void PointWriter::take(const std::string& name, const std::function<void(const fs::path&)>& make) {
    try {
        const auto directory = m_store.directory(m_prefix);
        if (directory && m_protection == nullptr) {
            make_private_directories((*directory / name).parent_path());
            make(*directory / name);
            return digest_files(*directory, files_of(*directory, name));
        }
        const TemporaryDirectory scratch("lastgood-objects");
        make_private_directories((scratch.path() / name).parent_path());
        make(scratch.path() / name);
        copy_files(scratch.path(), files_of(scratch.path(), name));
    } catch (const FileError& error) {
        throw StoreError(error.what(), error.disk_full());
    } catch (const fs::filesystem_error& error) {
        throw StoreError(error.path1().string() + ": " + error.code().message());
    }
}

void PointWriter::digest_files(const fs::path& directory, const std::vector<std::string>& names) {
    in_parallel(k_threads, names.size(), [&](std::size_t i) {
        ObjectFacts object{names[i], 0, ""};
        Sha256 digest;
        pump(*read_object_file(directory / names[i]), m_interruption, [&](std::string_view block) {
            digest.add(block);
            object.size += block.size();
        });
        object.sha256 = digest.hex();
        note(std::move(object));
    });
}

void PointWriter::copy_files(const fs::path& directory, const std::vector<std::string>& names) {
    in_parallel(k_threads, names.size(), [&](std::size_t i) {
        const auto object = write(names[i]);
        pump(*read_object_file(directory / names[i]), m_interruption,
             [&](std::string_view block) { object->write(block); });
        object->finish();
    });
}

void PointWriter::note(ObjectFacts object) {
    const std::lock_guard lock(m_mutex);
    m_objects.push_back(std::move(object));
}

std::vector<ObjectFacts> PointWriter::objects() const {
    const std::lock_guard lock(m_mutex);
    std::vector<ObjectFacts> objects = m_objects;
    std::sort(objects.begin(), objects.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
    return objects;
}

}  // namespace lastgood
