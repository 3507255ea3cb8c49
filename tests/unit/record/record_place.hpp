#pragma once

#include "outside/files.hpp"
#include "store/directory_store.hpp"
#include "support/failure_of.hpp"

#include <functional>
#include <memory>
#include <string>

namespace lastgood::test {

constexpr const char* k_scope = "shop/production";

/// A store of its own for each test; open() is another program's view of it.
struct RecordPlace {
    TemporaryDirectory parent{"lastgood-record-"};
    std::unique_ptr<Store> store = open();
    std::filesystem::path root() const { return parent.path() / "store"; }
    std::unique_ptr<Store> open() const { return std::make_unique<DirectoryStore>(root()); }
};

/// How many of `programs`, each with a store of its own and started at the same instant, come back with true.
int winners(const RecordPlace& place, int programs, const std::function<bool(Store&, int)>& work);

}  // namespace lastgood::test
