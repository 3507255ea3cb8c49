#pragma once

#include "outside/files.hpp"
#include "store/directory_store.hpp"

#include <memory>
#include <string>
#include <vector>

namespace lastgood {

/// Somewhere to keep a store; every open() is another program's view of the same one.
class StorePlace {
  public:
    virtual ~StorePlace() = default;
    virtual std::unique_ptr<Store> open() = 0;
};

class DirectoryPlace : public StorePlace {
  public:
    std::unique_ptr<Store> open() override { return std::make_unique<DirectoryStore>(m_parent.path() / "store"); }

  private:
    TemporaryDirectory m_parent{"lastgood-store-"};
};

using Keys = std::vector<std::string>;

inline void put(Store& store, const std::string& key, std::string_view bytes) {
    const auto object = store.write(key);
    object->write(bytes);
    object->finish();
}

inline std::string read_all(const Store& store, const std::string& key) {
    const auto object = store.read(key);
    std::string bytes;
    for (auto block = object->read(); !block.empty(); block = object->read()) bytes += block;
    return bytes;
}

/// Bytes in which no part is like another; the same for the same seed.
std::string varied_bytes(std::size_t size, unsigned seed = 1);

}  // namespace lastgood
