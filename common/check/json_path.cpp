#include "check/json_path.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <string_view>

#include <nlohmann/json.hpp>

namespace lastgood {

using Json = nlohmann::json;

struct JsonAnswer::Document {
    Json json;
};

namespace {

const Json* field(const Json* json, std::string_view name) {
    if (json == nullptr || !json->is_object()) return nullptr;
    const auto found = json->find(std::string(name));
    return found == json->end() ? nullptr : &*found;
}

const Json* element(const Json* json, std::string_view digits) {
    std::size_t index = 0;
    const auto [end, trouble] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
    const bool number = !digits.empty() && trouble == std::errc() && end == digits.data() + digits.size();
    if (json == nullptr || !json->is_array() || !number || index >= json->size()) return nullptr;
    return &(*json)[index];
}

/// "items[0][1]": the field, and what its indexes pick.
const Json* step(const Json* json, std::string_view part) {
    const auto bracket = std::min(part.find('['), part.size());
    if (bracket > 0) json = field(json, part.substr(0, bracket));
    part.remove_prefix(bracket);
    while (part.starts_with('[')) {
        const auto close = part.find(']');
        if (close == std::string_view::npos) return nullptr;
        json = element(json, part.substr(1, close - 1));
        part.remove_prefix(close + 1);
    }
    return part.empty() ? json : nullptr;
}

}  // namespace

JsonAnswer::JsonAnswer(const std::string& text) : m_document(std::make_unique<Document>()) {
    m_document->json = Json::parse(text, nullptr, false);
    if (m_document->json.is_discarded()) throw std::invalid_argument("no JSON");
}

JsonAnswer::~JsonAnswer() = default;

std::optional<std::string> JsonAnswer::at(const std::string& path) const {
    const Json* json = &m_document->json;
    for (std::string_view rest = path; json != nullptr && !rest.empty();) {
        const auto dot = std::min(rest.find('.'), rest.size());
        json = step(json, rest.substr(0, dot));
        rest.remove_prefix(std::min(dot + 1, rest.size()));
    }
    if (json == nullptr) return std::nullopt;
    return json->is_string() ? json->get<std::string>() : json->dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace lastgood
