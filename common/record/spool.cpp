#include "record/spool.hpp"

#include "outside/files.hpp"
#include "record/document.hpp"
#include "record/numbered_keys.hpp"
#include "store/store.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

namespace lastgood {

namespace fs = std::filesystem;

namespace {

/// A full or broken disk here is to the caller what a full or broken store is.
template <typename Work>
auto as_store(Work work) {
    try {
        return work();
    } catch (const FileError& error) {
        throw StoreError(error.what(), error.disk_full());
    } catch (const fs::filesystem_error& error) {
        throw StoreError(error.path1().string() + ": " + error.code().message());
    }
}

}  // namespace

Spool::Spool(fs::path directory) : m_directory(std::move(directory)) {}

fs::path Spool::path_of(int number) const {
    return m_directory / numbered_name(number);
}

std::vector<Event> Spool::events() const {
    return as_store([this] {
        std::vector<Event> events;
        if (!fs::exists(m_directory)) return events;
        for (const auto& entry : fs::directory_iterator(m_directory))
            if (number_of(entry.path().filename().string()) != 0)
                events.push_back(event_from_json(read_file(entry.path()), entry.path().string()));
        std::sort(events.begin(), events.end(), [](const Event& a, const Event& b) { return a.number < b.number; });
        return events;
    });
}

void Spool::add(const Event& event) {
    as_store([&] { replace_file(path_of(event.number), document_text(to_json(event))); });
}

void Spool::remove(int number) {
    as_store([&] { fs::remove(path_of(number)); });
}

void Spool::set_aside(int number) {
    as_store([&] { fs::rename(path_of(number), path_of(number).string() + ".left-behind"); });
}

}  // namespace lastgood
