#include "check/check_kinds.hpp"
#include "core/quantity.hpp"
#include "database/extensions.hpp"

namespace lastgood {

namespace {

using Versions = std::map<std::string, std::string>;

constexpr const char* k_any = "any";
/// Every database has it from the beginning.
constexpr const char* k_always_there = "plpgsql";

Differences compare(const Versions& expected, const Versions& found, bool named) {
    Differences differences;
    for (const auto& [name, version] : expected) {
        const auto now = found.find(name);
        if (now == found.end()) {
            differences.add(name + " is missing" + (version == k_any ? "" : ", " + version + " expected"));
        } else if (version != k_any && now->second != version) {
            differences.add(name + " is " + now->second + ", " + version + " expected");
        }
    }
    for (const auto& [name, version] : found) {
        if (expected.contains(name) || (named && name == k_always_there)) continue;
        differences.add(name + " " + version + " was not expected");
    }
    return differences;
}

std::string say(const Versions& versions) {
    std::string text;
    for (const auto& [name, version] : versions) text += (text.empty() ? "" : ", ") + name + " " + version;
    return text.empty() ? "none" : text;
}

}  // namespace

CheckResult check_extensions(const CheckSettings& settings, const CheckContext& context) {
    const Versions& named = std::get<ExtensionsCheck>(settings.what).expect;
    if (named.empty() && !(context.before && context.before->extensions))
        return not_known_before("which extensions there were");
    Session session = reading_session(settings, context);
    const Versions& expected = named.empty() ? *context.before->extensions : named;
    const Versions found = installed_extensions(session);
    return judged(compare(expected, found, !named.empty()), say_count(found.size(), "extension") + " as expected",
                  {.expected = say(expected), .found = say(found)});
}

void remember_extensions(const CheckSettings& settings, Session& session, Before& before) {
    const bool compares = std::get<ExtensionsCheck>(settings.what).expect.empty();
    if (compares && !before.extensions) before.extensions = installed_extensions(session);
}

}  // namespace lastgood
