#include "check/check_kinds.hpp"
#include "outside/http.hpp"

namespace lastgood {

namespace {

/// "" : right.
std::string what_is_wrong(const HttpAnswer& answer, const HttpCheck& check) {
    if (answer.status != check.expect_status) {
        return "status " + std::to_string(answer.status) + ", " + std::to_string(check.expect_status) + " expected";
    }
    if (answer.body.find(check.expect_body) == std::string::npos) {
        return "status " + std::to_string(answer.status) + " without the expected text";
    }
    return "";
}

/// Neither its credentials nor its parameters.
std::string without_secrets(const std::string& url) {
    const std::string place = url.substr(0, url.find_first_of("?#"));
    const auto authority = place.find("://");
    const auto end = place.find('/', authority + 3);
    const auto at = place.substr(0, end).rfind('@');
    std::string text = at == std::string::npos ? place : place.substr(0, authority + 3) + place.substr(at + 1);
    if (place.size() < url.size()) text += "?...";
    return text;
}

}  // namespace

CheckResult check_http(const CheckSettings& settings, const CheckContext& context) {
    const auto& check = std::get<HttpCheck>(settings.what);
    const auto answer = http_get(check.url, settings.timeout, context.interruption);
    Evidence evidence{.asked = "GET " + without_secrets(check.url),
                      .expected = "status " + std::to_string(check.expect_status)};
    if (answer.status == 0) return could_not_tell(answer.trouble, evidence);
    evidence.found = "status " + std::to_string(answer.status);
    const std::string wrong = what_is_wrong(answer, check);
    return wrong.empty() ? passed(evidence.found, evidence) : failed(wrong, evidence);
}

}  // namespace lastgood
