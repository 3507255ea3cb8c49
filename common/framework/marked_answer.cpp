#include "framework/marked_answer.hpp"

#include <string_view>

namespace lastgood {

namespace {

constexpr std::string_view k_marker = "lastgood-answer:";

}  // namespace

nlohmann::json marked_answer(const std::string& output) {
    const auto found = output.find(k_marker);
    const auto begin = found == std::string::npos ? output.size() : found + k_marker.size();
    return nlohmann::json::parse(output.substr(begin, output.find('\n', begin) - begin), nullptr, false);
}

GuardSeen guard_in(const nlohmann::json& answer) {
    if (!answer.is_object() || answer.empty()) return {};
    return {.known = true,
            .lock_timeout = answer.value("lock_timeout", ""),
            .application_name = answer.value("application_name", ""),
            .database = answer.value("database", ""),
            .database_oid = answer.value("oid", 0U),
            .system_identifier = answer.value("system", "")};
}

}  // namespace lastgood
