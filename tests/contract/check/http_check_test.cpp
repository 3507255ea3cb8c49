#include "check_world.hpp"
#include "https_server.hpp"
#include "support/http_fake.hpp"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

namespace lastgood::test {
namespace {

class HttpChecks : public testing::Test {
  protected:
    HttpChecks() : m_fake([this](const FakeRequest&) { return answer(); }) {}
    CheckResult ask(HttpCheck check, Window window = {}, Milliseconds timeout = std::chrono::seconds(20)) {
        check.url = check.url.empty() ? m_fake.endpoint() + "/health" : check.url;
        CheckSettings settings = CheckWorld::settings("http", std::move(check), timeout);
        settings.window = window;
        return run_check(settings, m_world.context);
    }
    void expect_wrong(const std::string& reason, HttpCheck check) {
        const auto result = ask(std::move(check));
        EXPECT_EQ(result.verdict, Verdict::failed);
        EXPECT_EQ(result.reason, reason);
    }
    static HttpCheck json(std::map<std::string, std::string> expected) {
        HttpCheck check;
        check.expect_json = std::move(expected);
        return check;
    }
    FakeAnswer answer() {
        std::this_thread::sleep_for(m_delay.load());
        const std::lock_guard lock(m_mutex);
        if (m_answers.size() == 1) return m_answers.front();
        const FakeAnswer next = m_answers.front();
        m_answers.erase(m_answers.begin());
        return next;
    }

    std::atomic<Milliseconds> m_delay{Milliseconds(0)};
    std::mutex m_mutex;
    std::vector<FakeAnswer> m_answers{{200, "ready", {}}};  ///< one after the other, the last for ever
    HttpFake m_fake;
    CheckWorld m_world{"postgres"};
};

TEST_F(HttpChecks, PassOnARightAnswer) {
    const auto result = ask({});
    EXPECT_EQ(result.verdict, Verdict::passed);
    EXPECT_EQ(result.evidence.asked, "GET " + m_fake.endpoint() + "/health");
    EXPECT_EQ(result.evidence.expected, "status 200");
    EXPECT_TRUE(result.evidence.found.starts_with("status 200 after ")) << result.evidence.found;
    EXPECT_EQ(ask({.url = "", .expect_body = "ready"}).verdict, Verdict::passed);
}

TEST_F(HttpChecks, FailOnAnotherStatus) {
    m_answers = {{500, "", {}}};
    expect_wrong("status 500, 200 expected", {});
    expect_wrong("status 500, 200 or 204 expected", {.url = "", .expect_status = {200, 204}});
    EXPECT_EQ(ask({.url = "", .expect_status = {404, 500}}).verdict, Verdict::passed);
}

TEST_F(HttpChecks, FailWithoutTheExpectedText) {
    expect_wrong("the answer is without the expected text", {.url = "", .expect_body = "healthy"});
}

TEST_F(HttpChecks, LookIntoJson) {
    m_answers = {{200, R"({"status": "ok", "queues": [{"name": "mail", "waiting": 3}]})", {}}};
    EXPECT_EQ(ask(json({{"status", "ok"}, {"queues[0].waiting", "3"}})).verdict, Verdict::passed);
    expect_wrong("queues[0].waiting is 3, 0 expected", json({{"queues[0].waiting", "0"}}));
    expect_wrong("queues[1].name is not there, \"mail\" expected", json({{"queues[1].name", "mail"}}));
    expect_wrong("status is a text of 2 bytes, \"down\" expected", json({{"status", "down"}}));
    m_world.pipeline.verify.evidence_rows = true;
    expect_wrong("status is \"ok\", \"down\" expected", json({{"status", "down"}}));
    m_answers = {{200, "<html>", {}}};
    expect_wrong("the answer is no JSON", json({{"status", "ok"}}));
}

TEST_F(HttpChecks, LookIntoLongJson) {
    m_answers = {{200, R"({"filler": ")" + std::string(200'000, 'x') + R"(", "status": "ok"})", {}}};
    EXPECT_EQ(ask(json({{"status", "ok"}})).verdict, Verdict::passed);
}

TEST_F(HttpChecks, MeasureTheAnswer) {
    HttpCheck check;
    check.max_latency = std::chrono::minutes(1);
    EXPECT_EQ(ask(check).verdict, Verdict::passed);
    check.max_latency = Milliseconds(10);
    m_delay = Milliseconds(30);
    const auto result = ask(check);
    EXPECT_EQ(result.verdict, Verdict::failed);
    EXPECT_TRUE(result.reason.starts_with("answered after ") && result.reason.ends_with("ms, 10 ms allowed"))
        << result.reason;
}

TEST_F(HttpChecks, SendHeadersAndShowThemToNobody) {
    HttpCheck check;
    check.expect_status = {204};
    check.headers = {{"Authorization", Secret("Bearer t0ken")}};
    const auto result = ask(check);
    EXPECT_EQ(m_fake.requests().back().headers.at("authorization"), "Bearer t0ken");
    for (const auto& text : {result.reason, result.evidence.asked, result.evidence.expected, result.evidence.found})
        EXPECT_EQ(text.find("t0ken"), std::string::npos);
}

TEST_F(HttpChecks, WaitForAnApplicationThatIsStarting) {
    m_answers = {{503, "", {}}, {502, "", {}}, {200, "", {}}};
    const auto result = ask({}, {.within = std::chrono::minutes(1), .every = Milliseconds(10)});
    EXPECT_EQ(result.verdict, Verdict::passed);
    EXPECT_EQ(result.asked, 3);
}

TEST_F(HttpChecks, CannotTellWithoutAnAnswer) {
    EXPECT_EQ(ask({.url = "http://127.0.0.1:1/"}).verdict, Verdict::unknown);
    EXPECT_EQ(ask({.url = "http://name.invalid/"}, {}, Milliseconds(500)).verdict, Verdict::unknown);
}

TEST_F(HttpChecks, ShowNoSecretOfAUrl) {
    const auto asked = [&](const std::string& url) { return ask({.url = url}, {}, Milliseconds(50)).evidence.asked; };
    EXPECT_EQ(asked("http://user:word@name.invalid/a?token=x"), "GET http://name.invalid/a?...");
    EXPECT_EQ(asked("http://name.invalid?token=a@b"), "GET http://name.invalid?...");
    EXPECT_EQ(asked("http://name.invalid/@here"), "GET http://name.invalid/@here");
}

TEST_F(HttpChecks, GoThroughTheApplication) {
    EXPECT_TRUE(row_of(CheckWorld::settings("http", HttpCheck{})).through_application);
    EXPECT_FALSE(row_of(CheckWorld::settings("http", HttpCheck{})).in_rehearsal);
    EXPECT_FALSE(row_of(CheckWorld::settings("sql", SqlCheck{})).through_application);
    EXPECT_TRUE(row_of(CheckWorld::settings("sql", SqlCheck{})).in_rehearsal);
}

TEST_F(HttpChecks, LookAtTheCertificate) {
    const HttpsServer server(10);
    const auto with = [&](int days, const std::string& ca) {
        return ask({.url = server.url(), .tls = HttpTls{days, ca}});
    };
    const auto valid = with(9, server.certificate());
    EXPECT_EQ(valid.verdict, Verdict::passed) << valid.reason;
    EXPECT_NE(valid.evidence.found.find("certificate until 20"), std::string::npos) << valid.evidence.found;
    const auto soon = with(14, server.certificate());
    EXPECT_EQ(soon.verdict, Verdict::failed);
    EXPECT_EQ(soon.reason, "the certificate ends in 9 days, 14 days wanted");
    EXPECT_EQ(with(0, "").verdict, Verdict::failed) << "nobody trusts it";
    EXPECT_EQ(ask({.url = server.url()}).verdict, Verdict::unknown) << "who did not ask about it has no answer";
}

}  // namespace
}  // namespace lastgood::test
