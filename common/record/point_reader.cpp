#include "record/point_reader.hpp"

#include "core/failure.hpp"
#include "core/quantity.hpp"
#include "outside/files.hpp"
#include "outside/interruption.hpp"
#include "outside/parallel.hpp"
#include "outside/sha256.hpp"
#include "record/protection.hpp"
#include "store/object_file.hpp"
#include "store/private_tree.hpp"
#include "store/store.hpp"

#include <algorithm>
#include <functional>

namespace lastgood {

namespace fs = std::filesystem;

namespace {

/// More would fight over the disk.
constexpr int k_threads = 4;

bool is_below(const std::string& key, const std::string& name) {
    return key.size() > name.size() && key.starts_with(name) && key[name.size()] == '/';
}

/// Compares what passed by with what the manifest says, at its end.
class Checking : public ObjectReader {
  public:
    Checking(ObjectFacts object, std::unique_ptr<ObjectReader> store,
             std::function<Failure(const std::string&)> unusable)
        : m_object(std::move(object)), m_store(std::move(store)), m_unusable(std::move(unusable)) {}

    std::string_view read() override {
        const std::string_view block = m_store->read();
        m_digest.add(block);
        m_size += block.size();
        if (block.empty() && !m_ended) end();
        return block;
    }

  private:
    void end() {
        m_ended = true;
        if (m_size != m_object.size)
            throw m_unusable(m_object.key + " has " + say_count(m_size, "byte") + ", not " +
                             std::to_string(m_object.size));
        if (m_digest.hex() != m_object.sha256) throw m_unusable(m_object.key + " was altered: its SHA-256 differs");
    }

    ObjectFacts m_object;
    std::unique_ptr<ObjectReader> m_store;
    std::function<Failure(const std::string&)> m_unusable;
    Sha256 m_digest;
    std::uint64_t m_size = 0;
    bool m_ended = false;
};

}  // namespace

PointReader::PointReader(const Store& store, std::string prefix, const Manifest& manifest, const Protection* protection,
                         const Interruption* interruption)
    : m_store(store),
      m_prefix(std::move(prefix)),
      m_id(manifest.id),
      m_objects(manifest.objects),
      m_encrypted(!manifest.encryption.empty()),
      m_protection(protection),
      m_interruption(interruption) {
    const std::vector<std::string> keys = m_store.list(m_prefix);
    if (m_objects.empty() || keys.empty()) throw unusable("it has no objects in " + m_store.address());
    for (const ObjectFacts& object : m_objects)
        if (!std::binary_search(keys.begin(), keys.end(), object.key)) throw unusable(object.key + " is missing");
}

PointReader::~PointReader() = default;

Failure PointReader::unusable(const std::string& difference) const {
    return {ExitCode::failed_clean, "restore point " + m_id + " cannot be used: " + difference, "nothing",
            "lastgood backups list   shows the other restore points"};
}

bool PointReader::locked() const {
    return m_encrypted && (m_protection == nullptr || !m_protection->can_decrypt());
}

std::string PointReader::key_of(const std::string& name) const {
    return m_encrypted ? encrypted_key(name) : name;
}

std::string PointReader::name_of(const ObjectFacts& object) const {
    return object.key.substr(0, object.key.size() - key_of("").size());
}

const ObjectFacts* PointReader::find(const std::string& name) const {
    const auto found = std::find_if(m_objects.begin(), m_objects.end(),
                                    [key = key_of(name)](const auto& object) { return object.key == key; });
    return found == m_objects.end() ? nullptr : &*found;
}

std::vector<const ObjectFacts*> PointReader::below(const std::string& name) const {
    std::vector<const ObjectFacts*> found;
    for (const ObjectFacts& object : m_objects)
        if (object.key == key_of(name) || is_below(object.key, name)) found.push_back(&object);
    return found;
}

bool PointReader::has(const std::string& name) const {
    return !below(name).empty();
}

std::unique_ptr<ObjectReader> PointReader::read(const ObjectFacts& object) const {
    if (!m_encrypted) return read_stored(object);
    if (m_protection == nullptr) throw unusable("it is encrypted with age");
    return m_protection->decrypting(read_stored(object));
}

std::unique_ptr<ObjectReader> PointReader::read_stored(const ObjectFacts& object) const {
    return std::make_unique<Checking>(object, m_store.read(m_prefix + object.key),
                                      [this](const std::string& difference) { return unusable(difference); });
}

std::unique_ptr<ObjectReader> PointReader::read(const std::string& name) const {
    const ObjectFacts* object = find(name);
    if (object == nullptr) throw unusable(name + " is not in its manifest");
    return read(*object);
}

std::string PointReader::get(const std::string& name) const {
    const auto object = read(name);
    std::string bytes;
    for (auto block = object->read(); !block.empty(); block = object->read()) bytes += block;
    return bytes;
}

void PointReader::check(const std::vector<const ObjectFacts*>& objects) {
    // All are read, so that of several the first one is named.
    std::vector<std::optional<Failure>> failures(objects.size());
    in_parallel(k_threads, objects.size(), [&](std::size_t i) {
        try {
            const auto object = read_stored(*objects[i]);
            while (!object->read().empty())
                if (m_interruption != nullptr) m_interruption->check();
        } catch (const Failure& failure) {
            failures[i] = failure;
        } catch (const StoreError& error) {
            failures[i] = unusable(error.what());
        }
    });
    for (const auto& failure : failures)
        if (failure) throw *failure;
    const std::lock_guard lock(m_mutex);
    if (!m_encrypted && m_store.directory(m_prefix))
        for (const ObjectFacts* object : objects) m_at_hand.insert(object->key);
}

void PointReader::check() {
    std::vector<const ObjectFacts*> all;
    for (const ObjectFacts& object : m_objects) all.push_back(&object);
    check(all);
}

void PointReader::check_if_near() {
    if (m_store.directory(m_prefix)) check();
}

void PointReader::fetch(const ObjectFacts& object, const fs::path& directory) const {
    save(*read(object), directory / name_of(object));
}

void PointReader::save(ObjectReader& from, const fs::path& file) const {
    make_private_directories(file.parent_path());
    const auto to = write_object_file(file);
    for (auto block = from.read(); !block.empty(); block = from.read()) {
        if (m_interruption != nullptr) m_interruption->check();
        to->write(block);
    }
    to->finish();
}

void PointReader::copy_to(const fs::path& directory) const {
    in_parallel(k_threads, m_objects.size(), [&](std::size_t i) {
        const ObjectFacts& object = m_objects[i];
        if (locked()) return save(*read_stored(object), directory / object.key);
        fetch(object, directory);
    });
}

fs::path PointReader::file(const std::string& name) {
    std::vector<const ObjectFacts*> wanted = below(name);
    if (wanted.empty()) throw unusable(name + " is not in its manifest");
    const auto near = m_encrypted ? std::nullopt : m_store.directory(m_prefix);
    fs::path directory;
    {
        const std::lock_guard lock(m_mutex);
        std::erase_if(wanted, [&](const ObjectFacts* object) { return m_at_hand.contains(object->key); });
        if (!near && !m_scratch) m_scratch = std::make_unique<TemporaryDirectory>("lastgood-objects");
        directory = near ? *near : m_scratch->path();
    }
    if (near) {
        check(wanted);
    } else {
        in_parallel(k_threads, wanted.size(), [&](std::size_t i) { fetch(*wanted[i], directory); });
        const std::lock_guard lock(m_mutex);
        for (const ObjectFacts* object : wanted) m_at_hand.insert(object->key);
    }
    return directory / name;
}

}  // namespace lastgood
