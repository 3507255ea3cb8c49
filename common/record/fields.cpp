#include "record/fields.hpp"

#include "core/failure.hpp"

namespace lastgood {

namespace {

Failure wrong(const std::string& what) {
    return {ExitCode::failed_clean, what, "nothing",
            "lastgood status   shows the run; bring the store back from a copy if it was altered"};
}

}  // namespace

Fields::Fields(const Json& json) : m_json(json) {
    if (!json.is_object()) throw wrong("a value is no JSON object");
}

void Fields::fail(std::string_view name, const char* reason) {
    throw wrong("field \"" + std::string(name) + "\" " + reason);
}

const Json* Fields::find(std::string_view name) const {
    const auto field = m_json.find(name);
    return field == m_json.end() || field->is_null() ? nullptr : &*field;
}

const Json& Fields::at(std::string_view name) const {
    const Json* json = find(name);
    if (json == nullptr) fail(name, "is missing");
    return *json;
}

std::string Fields::text(std::string_view name) const {
    const Json& json = at(name);
    if (!json.is_string()) fail(name, "is no text");
    return json.get<std::string>();
}

std::string Fields::text(std::string_view name, std::string fallback) const {
    return find(name) == nullptr ? std::move(fallback) : text(name);
}

bool Fields::flag(std::string_view name, bool fallback) const {
    const Json* json = find(name);
    if (json == nullptr) return fallback;
    if (!json->is_boolean()) fail(name, "is neither true nor false");
    return json->get<bool>();
}

std::vector<std::string> Fields::texts(std::string_view name) const {
    std::vector<std::string> texts;
    for (const Json& element : elements(name)) {
        if (!element.is_string()) fail(name, "has an element that is no text");
        texts.push_back(element.get<std::string>());
    }
    return texts;
}

const Json::array_t& Fields::elements(std::string_view name) const {
    static const Json::array_t none;
    const Json* json = find(name);
    if (json == nullptr) return none;
    if (!json->is_array()) fail(name, "is no list");
    return json->get_ref<const Json::array_t&>();
}

}  // namespace lastgood
