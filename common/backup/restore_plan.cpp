#include "backup/restore_plan.hpp"

#include <algorithm>
#include <map>
#include <string>

namespace lastgood {

namespace {

/// How much longer than with workers that are all busy to the end it may take.
constexpr double k_bearable = 1.08;

void sort_longest_first(std::vector<RestoreItem>& items) {
    std::stable_sort(items.begin(), items.end(), [](const auto& a, const auto& b) { return a.bytes > b.bytes; });
}

/// When the last of the workers ends who take the items one after the other.
std::uint64_t end_of(const std::vector<RestoreItem>& items, int jobs) {
    std::vector<std::uint64_t> ends(static_cast<std::size_t>(std::max(jobs, 1)), 0);
    for (const RestoreItem& item : items) *std::min_element(ends.begin(), ends.end()) += item.bytes;
    return *std::max_element(ends.begin(), ends.end());
}

bool is_slice(const DataFile& file) {
    return file.sections.size() == 1 && !file.sections.front().fresh_table && !file.sections.front().first;
}

std::vector<RestoreItem> in_tables(const std::vector<const DataFile*>& files) {
    std::vector<RestoreItem> items;
    std::map<std::string, std::size_t> item_of_table;
    for (const DataFile* file : files) {
        if (is_slice(*file)) {
            const auto [place, is_new] = item_of_table.emplace(file->sections.front().copied, items.size());
            if (is_new) items.push_back({{}, 0, true});
            items[place->second].files.push_back(file);
            items[place->second].bytes += file->bytes;
        } else {
            items.push_back({{file}, file->bytes, false});
        }
    }
    return items;
}

/// Replaces the longest table by its slices; false if there is none left.
bool split_longest(std::vector<RestoreItem>& items) {
    const auto longest =
        std::find_if(items.begin(), items.end(), [](const auto& item) { return item.files.size() > 1; });
    if (longest == items.end()) return false;
    const RestoreItem table = *longest;
    items.erase(longest);
    for (const DataFile* file : table.files) items.push_back({{file}, file->bytes, false});
    sort_longest_first(items);
    return true;
}

}  // namespace

std::vector<RestoreItem> plan_restore(const std::vector<const DataFile*>& files, int jobs) {
    std::vector<RestoreItem> items = in_tables(files);
    sort_longest_first(items);
    std::uint64_t total = 0;
    for (const RestoreItem& item : items) total += item.bytes;
    const double ideal = static_cast<double>(total) / std::max(jobs, 1);
    while (static_cast<double>(end_of(items, jobs)) > ideal * k_bearable && split_longest(items)) {
    }
    return items;
}

}  // namespace lastgood
