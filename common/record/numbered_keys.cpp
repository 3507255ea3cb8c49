#include "record/numbered_keys.hpp"

#include "core/names.hpp"
#include "store/store.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <utility>

namespace lastgood {

std::string scope_prefix(const std::string& scope) {
    const auto slash = scope.rfind('/');
    if (slash == std::string::npos) return store_key_part(scope) + "/";
    return store_key_part(scope.substr(0, slash)) + "/" + store_key_part(scope.substr(slash + 1)) + "/";
}

std::string numbered_name(int number) {
    std::array<char, 32> name{};
    std::snprintf(name.data(), name.size(), "%06d.json", number);
    return name.data();
}

int number_of(std::string_view name) {
    int number = 0;
    const char* end = name.data() + name.size();
    const auto parsed = std::from_chars(name.data(), end, number);
    return parsed.ec == std::errc() && number > 0 && numbered_name(number) == name ? number : 0;
}

NumberedKeys::NumberedKeys(Store& store, std::string prefix) : m_store(store), m_prefix(std::move(prefix)) {}

std::string NumberedKeys::key(int number) const {
    return m_prefix + numbered_name(number);
}

std::string NumberedKeys::place(int number) const {
    return m_store.address() + "/" + key(number);
}

std::vector<int> NumberedKeys::numbers() const {
    std::vector<int> numbers;
    for (const std::string& name : m_store.list(m_prefix))
        if (const int number = number_of(name); number != 0) numbers.push_back(number);
    std::sort(numbers.begin(), numbers.end());
    return numbers;
}

int NumberedKeys::newest() const {
    const auto all = numbers();
    return all.empty() ? 0 : all.back();
}

std::optional<std::string> NumberedKeys::get(int number) const {
    return m_store.get(key(number));
}

bool NumberedKeys::create(int number, std::string_view bytes) {
    return m_store.create(key(number), bytes);
}

}  // namespace lastgood
