#include "check/check_kinds.hpp"
#include "check/json_path.hpp"
#include "core/quantity.hpp"
#include "outside/http.hpp"

#include <algorithm>
#include <stdexcept>

namespace lastgood {

namespace {

constexpr std::size_t k_longest_json = 4UL << 20U;

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

HttpRequest request_of(const HttpCheck& check, Milliseconds timeout) {
    HttpRequest request;
    request.url = check.url;
    request.timeout = timeout;
    for (const auto& [name, value] : check.headers) request.headers.emplace_back(name, value.reveal());
    if (!check.expect_json.empty()) request.body_limit = k_longest_json;
    if (!check.tls) return request;
    request.ca_file = check.tls->ca;
    request.certificate = true;
    return request;
}

std::string say_statuses(const std::vector<long>& statuses) {
    std::string text;
    for (const long status : statuses) text += (text.empty() ? "" : " or ") + std::to_string(status);
    return text;
}

long long days_left(Time end) {
    return std::chrono::floor<std::chrono::days>(end - now()).count();
}

/// Looks at an answer from all sides.
class Judgement {
  public:
    Judgement(const HttpCheck& check, const HttpAnswer& answer, bool whole)
        : m_check(check), m_answer(answer), m_whole(whole) {
        m_evidence.asked = "GET " + without_secrets(check.url);
        m_evidence.found = "status " + std::to_string(answer.status) + " after " + say_duration(answer.took);
        status();
        body();
        json();
        latency();
        certificate();
    }
    CheckResult result() { return judged(m_wrong, "status " + std::to_string(m_answer.status), m_evidence); }

  private:
    void expect(const std::string& what) { m_evidence.expected += (m_evidence.expected.empty() ? "" : ", ") + what; }

    void status() {
        const auto& statuses = m_check.expect_status;
        expect("status " + say_statuses(statuses));
        if (std::find(statuses.begin(), statuses.end(), m_answer.status) == statuses.end())
            m_wrong.add("status " + std::to_string(m_answer.status) + ", " + say_statuses(statuses) + " expected");
    }

    void body() {
        if (m_check.expect_body.empty()) return;
        expect("the text " + shown(m_check.expect_body, true));
        if (m_answer.body.find(m_check.expect_body) == std::string::npos)
            m_wrong.add("the answer is without the expected text");
    }

    void json() {
        if (m_check.expect_json.empty()) return;
        for (const auto& [path, value] : m_check.expect_json) expect(path + " = " + shown(value, true));
        try {
            const JsonAnswer answer(m_answer.body);
            for (const auto& [path, value] : m_check.expect_json) compare(path, value, answer.at(path));
        } catch (const std::invalid_argument&) {
            m_wrong.add("the answer is no JSON");
        }
    }

    void compare(const std::string& path, const std::string& expected, const std::optional<std::string>& found) {
        if (found == expected) return;
        m_wrong.add(path + (found ? " is " + shown(found, m_whole) : " is not there") + ", " + shown(expected, true) +
                    " expected");
    }

    void latency() {
        if (!m_check.max_latency) return;
        expect("at most " + say_duration(*m_check.max_latency));
        if (m_answer.took > *m_check.max_latency)
            m_wrong.add("answered after " + say_duration(m_answer.took) + ", " + say_duration(*m_check.max_latency) +
                        " allowed");
    }

    void certificate() {
        if (!m_check.tls) return;
        const std::string wanted = say_count(static_cast<std::uint64_t>(m_check.tls->min_days_left), "day");
        expect("a certificate for " + wanted);
        if (!m_answer.certificate) return m_wrong.add("the server showed no certificate");
        const long long left = days_left(*m_answer.certificate);
        m_evidence.found += ", certificate until " + say_time(*m_answer.certificate);
        if (left < m_check.tls->min_days_left)
            m_wrong.add("the certificate ends in " + say_count(static_cast<std::uint64_t>(std::max(left, 0LL)), "day") +
                        ", " + wanted + " wanted");
    }

    const HttpCheck& m_check;
    const HttpAnswer& m_answer;
    bool m_whole;
    Differences m_wrong;
    Evidence m_evidence;
};

}  // namespace

CheckResult check_http(const CheckSettings& settings, const CheckContext& context) {
    const auto& check = std::get<HttpCheck>(settings.what);
    const HttpAnswer answer = HttpClient(context.interruption).send(request_of(check, settings.timeout));
    if (answer.status != 0) return Judgement(check, answer, context.pipeline.verify.evidence_rows).result();
    const Evidence evidence{.asked = "GET " + without_secrets(check.url),
                            .expected = "status " + say_statuses(check.expect_status)};
    // Who asks about the certificate has an answer: nobody can trust it.
    return check.tls && answer.distrusted ? failed(answer.trouble, evidence) : could_not_tell(answer.trouble, evidence);
}

}  // namespace lastgood
