#include "record/document.hpp"

#include "record/fields.hpp"

namespace lastgood {

namespace {

constexpr int k_depth_limit = 64;

/// The parser itself does not recurse; what copies, prints and destroys its result does.
bool is_too_deep(std::string_view bytes) {
    int depth = 0;
    bool in_text = false;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const char c = bytes[i];
        if (in_text && c == '\\') ++i;
        if (c == '"') in_text = !in_text;
        if (in_text) continue;
        if (c == '{' || c == '[') ++depth;
        if (c == '}' || c == ']') --depth;
        if (depth > k_depth_limit) return true;
    }
    return false;
}

}  // namespace

Failure unreadable(const std::string& key, const std::string& reason) {
    return {ExitCode::failed_clean, "record " + key + " cannot be read: " + reason, "nothing",
            "lastgood status   when " + key +
                " is back from a copy of the store; with production down: lastgood rollback --without-store"};
}

Json parse_document(const std::string& bytes, const std::string& key) {
    if (is_too_deep(bytes)) throw unreadable(key, "it is nested too deeply");
    Json json = Json::parse(bytes, nullptr, false);
    if (!json.is_object()) throw unreadable(key, bytes.empty() ? "it is empty" : "it is no JSON object");
    const Json* format = Fields(json).find("format");
    if (format == nullptr || !format->is_number_integer()) throw unreadable(key, "it names no format");
    if (*format > k_record_format)
        throw Failure(ExitCode::refused,
                      "record of format " + format->dump() + " (" + key + ") was written by a newer lastgood",
                      "nothing", "install that lastgood here too; lastgood --version   says which one this is");
    if (*format < 1) throw unreadable(key, "it names format " + format->dump());
    return json;
}

std::string document_text(Json json) {
    json["format"] = k_record_format;
    return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace lastgood
