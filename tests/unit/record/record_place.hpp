#pragma once

#include "core/failure.hpp"
#include "outside/files.hpp"
#include "store/directory_store.hpp"

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

/// What `work` throws; fails the test by std::logic_error if it throws nothing.
inline Failure failure_of(const std::function<void()>& work) {
    try {
        work();
    } catch (const Failure& failure) {
        return failure;
    }
    throw std::logic_error("nothing was refused");
}

/// How many of `programs`, each with a store of its own and started at the same instant, come back with true.
int winners(const RecordPlace& place, int programs, const std::function<bool(Store&, int)>& work);

}  // namespace lastgood::test
