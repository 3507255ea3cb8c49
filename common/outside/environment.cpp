#include "outside/environment.hpp"

#include <unistd.h>

namespace lastgood {

Environment Environment::of_process() {
    std::map<std::string, std::string> variables;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const auto equals = text.find('=');
        if (equals == std::string_view::npos) continue;
        variables.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    return Environment(std::move(variables));
}

std::optional<std::string> Environment::get(const std::string& name) const {
    const auto found = m_variables.find(name);
    if (found == m_variables.end()) return std::nullopt;
    return found->second;
}

std::string Environment::first_of(std::initializer_list<const char*> names) const {
    for (const char* name : names) {
        const auto value = get(name);
        if (value && !value->empty()) return *value;
    }
    return "";
}

}  // namespace lastgood
