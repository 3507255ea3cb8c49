#include "report/loose_fields.hpp"

#include <limits>

namespace lastgood {

const Json* field_in(const Json& json, const char* name) {
    if (!json.is_object()) return nullptr;
    const auto found = json.find(name);
    return found == json.end() ? nullptr : &*found;
}

const Json& object_in(const Json& json, const char* name) {
    static const Json none = Json::object();
    const Json* found = field_in(json, name);
    return found != nullptr && found->is_object() ? *found : none;
}

const Json& list_in(const Json& json, const char* name) {
    static const Json none = Json::array();
    const Json* found = field_in(json, name);
    return found != nullptr && found->is_array() ? *found : none;
}

std::string text_in(const Json& json, const char* name) {
    const Json* found = field_in(json, name);
    return found != nullptr && found->is_string() ? found->get<std::string>() : "";
}

std::vector<std::string> texts_in(const Json& json, const char* name) {
    std::vector<std::string> texts;
    for (const Json& element : list_in(json, name))
        if (element.is_string()) texts.push_back(element.get<std::string>());
    return texts;
}

bool flag_in(const Json& json, const char* name) {
    const Json* found = field_in(json, name);
    return found != nullptr && found->is_boolean() && found->get<bool>();
}

std::optional<std::uint64_t> count_in(const Json& json, const char* name) {
    const Json* found = field_in(json, name);
    if (found == nullptr || !found->is_number_integer()) return std::nullopt;
    if (!found->is_number_unsigned() && found->get<std::int64_t>() < 0) return std::nullopt;
    return found->get<std::uint64_t>();
}

std::optional<std::chrono::milliseconds> milliseconds_in(const Json& json, const char* name) {
    const auto count = count_in(json, name);
    // What a clock of ours can have measured: a century fits.
    constexpr std::uint64_t limit = 100ULL * 366 * 86'400'000;
    if (!count || *count > limit) return std::nullopt;
    return std::chrono::milliseconds(static_cast<std::int64_t>(*count));
}

}  // namespace lastgood
