#include "database/database_mark.hpp"

#include <charconv>

#include <nlohmann/json.hpp>

namespace lastgood {
namespace {

constexpr int k_mark_format = 1;

std::string text_of(const nlohmann::json& mark, const char* key) {
    const auto found = mark.find(key);
    return found != mark.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::uint32_t oid_of(const std::string& digits) {
    std::uint32_t oid = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), oid);
    return read.ec == std::errc() && read.ptr == digits.data() + digits.size() ? oid : 0;
}

}  // namespace

std::string mark_text(const DatabaseMark& mark) {
    const nlohmann::ordered_json json{
        {"lastgood", k_mark_format},
        {"kind", mark.kind},
        {"scope", mark.scope},
        {"run", mark.run},
        {"restore_point", mark.restore_point},
        {"revision", mark.revision.commit},
        {"tree", mark.revision.tree},
        {"manifest", mark.manifest},
        {"snapshot", mark.snapshot},
        {"original", std::to_string(mark.original)},
        {"successor", std::to_string(mark.successor)},
        {"at", mark.at},
    };
    return json.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace);
}

std::optional<DatabaseMark> parse_mark(const std::string& comment) {
    const auto json = nlohmann::json::parse(comment, nullptr, false);
    if (!json.is_object()) return std::nullopt;
    const auto format = json.find("lastgood");
    if (format == json.end() || *format != k_mark_format) return std::nullopt;
    DatabaseMark mark;
    mark.kind = text_of(json, "kind");
    mark.scope = text_of(json, "scope");
    mark.run = text_of(json, "run");
    mark.restore_point = text_of(json, "restore_point");
    mark.revision = {text_of(json, "revision"), text_of(json, "tree")};
    mark.manifest = text_of(json, "manifest");
    mark.snapshot = text_of(json, "snapshot");
    mark.original = oid_of(text_of(json, "original"));
    mark.successor = oid_of(text_of(json, "successor"));
    mark.at = text_of(json, "at");
    return mark;
}

}  // namespace lastgood
