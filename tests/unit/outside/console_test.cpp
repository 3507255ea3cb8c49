#include "outside/console.hpp"

#include "core/failure.hpp"
#include "outside/environment.hpp"
#include "outside/redaction.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace lastgood {
namespace {

using Variables = std::map<std::string, std::string>;

/// Standard error, read by us; a terminal or a pipe.
class Ear {
  public:
    explicit Ear(bool terminal) : m_saved(::dup(STDERR_FILENO)) {
        int ends[2] = {-1, -1};
        if (terminal) {
            ends[0] = ::posix_openpt(O_RDWR | O_NOCTTY);
            ::grantpt(ends[0]);
            ::unlockpt(ends[0]);
            ends[1] = ::open(::ptsname(ends[0]), O_RDWR | O_NOCTTY);
        } else {
            EXPECT_EQ(::pipe(ends), 0);
        }
        m_read = ends[0];
        ::fcntl(m_read, F_SETFL, O_NONBLOCK);
        ::dup2(ends[1], STDERR_FILENO);
        ::close(ends[1]);
    }
    ~Ear() {
        ::dup2(m_saved, STDERR_FILENO);
        ::close(m_saved);
        ::close(m_read);
    }
    Ear(const Ear&) = delete;
    Ear& operator=(const Ear&) = delete;

    /// What was said since the last time, a terminal's CR before a newline left out.
    std::string heard() {
        std::string text;
        char buffer[4096];
        for (ssize_t got = 0; (got = ::read(m_read, buffer, sizeof buffer)) > 0;) text.append(buffer, got);
        for (auto at = text.find("\r\n"); at != std::string::npos; at = text.find("\r\n")) text.erase(at, 1);
        return text;
    }

  private:
    int m_saved;
    int m_read = -1;
};

const char* const k_message =
    "migrate: error: 2 of 3 migrations applied\n"
    "  detail: held for 41 s by pid 991\n"
    "    (idle in transaction)\n"
    "  changed: schema at 0041\n"
    "  next: lastgood rollback            returns to 9c1e2aa with rp-7f3a\n";

Failure sample() {
    return Failure(ExitCode::failed_changed, "2 of 3 migrations applied", "schema at 0041",
                   "lastgood rollback            returns to 9c1e2aa with rp-7f3a")
        .with_detail("held for 41 s by pid 991\n(idle in transaction)");
}

TEST(Consoles, SayTheFourPartsOfAFailure) {
    Ear ear(false);
    const Redaction redaction;
    const Environment environment(Variables{});
    Console console("migrate", LogLevel::info, redaction, environment);
    console.failure(sample());
    EXPECT_EQ(ear.heard(), k_message);
    console.failure(Failure(ExitCode::usage, "no pipeline", "", "lastgood check"));
    EXPECT_EQ(ear.heard(), "migrate: error: no pipeline\n  next: lastgood check\n");
}

TEST(Consoles, NameThePipelineInEveryCommandThatIsTyped) {
    Ear ear(false);
    const Redaction redaction;
    const Environment environment(Variables{});
    Console console("migrate", LogLevel::info, redaction, environment);
    EXPECT_EQ(console.completed("lastgood check"), "lastgood check");
    console.complete_commands("--pipeline staging.yaml");
    EXPECT_EQ(console.completed("lastgood check"), "lastgood check --pipeline staging.yaml");
    console.failure(Failure(ExitCode::usage, "no", "see lastgood status", "lastgood rollback   returns it"));
    EXPECT_EQ(ear.heard(),
              "migrate: error: no\n  changed: see lastgood status --pipeline staging.yaml\n"
              "  next: lastgood rollback --pipeline staging.yaml   returns it\n");
    console.info("next: lastgood run");
    EXPECT_EQ(ear.heard(), "migrate: next: lastgood run --pipeline staging.yaml\n");
}

TEST(Consoles, NameTheProgramAndTheKind) {
    Ear ear(false);
    const Redaction redaction;
    const Environment environment(Variables{});
    Console console("verify", LogLevel::debug, redaction, environment);
    console.debug("looking");
    console.info("2 checks");
    console.warning("slow");
    console.relay("a line of a child");
    EXPECT_EQ(ear.heard(), "verify: debug: looking\nverify: 2 checks\nverify: warning: slow\n  | a line of a child\n");
}

TEST(Consoles, AreAsQuietAsAsked) {
    Ear ear(false);
    const Redaction redaction;
    const Environment environment(Variables{});
    Console console("verify", LogLevel::warning, redaction, environment);
    console.info("x");
    console.relay("x");
    console.progress("x");
    console.warning("y");
    EXPECT_EQ(ear.heard(), "verify: warning: y\n");
    EXPECT_EQ(console.level(), LogLevel::warning);
}

TEST(Consoles, RedactEverything) {
    Ear ear(false);
    Redaction redaction;
    redaction.add("hunter22");
    const Environment environment(Variables{});
    Console console("migrate", LogLevel::info, redaction, environment);
    console.info("hunter22");
    console.relay("hunter22");
    console.progress("hunter22");
    console.failure(Failure(ExitCode::usage, "hunter22", "hunter22", "hunter22").with_detail("hunter22"));
    testing::internal::CaptureStdout();
    console.answer("{\"password\":\"hunter22\"}");
    EXPECT_EQ(testing::internal::GetCapturedStdout(), "{\"password\":\"***\"}\n");
    const std::string heard = ear.heard();
    EXPECT_EQ(heard.find("hunter22"), std::string::npos) << heard;
}

TEST(Consoles, AnswerWithoutWhatATerminalOrARunnerWouldObey) {
    const Redaction redaction;
    const Environment environment(Variables{});
    Console console("lastgood", LogLevel::info, redaction, environment);
    testing::internal::CaptureStdout();
    console.answer("note  migrations: pending\n    | select 1; -- \x1b[2J\x1b]0;pwn\x07\n::error::pwn");
    console.answer("{\"sql\":\"##[a\\u001b\"}");
    EXPECT_EQ(testing::internal::GetCapturedStdout(),
              "note  migrations: pending\n    | select 1; -- \n: :error::pwn\n{\"sql\":\"#\\u0023[a\\u001b\"}\n");
}

TEST(Consoles, GiveARunnerNoCommand) {
    Ear ear(false);
    const Redaction redaction;
    const Environment environment(Variables{});
    Console console("migrate", LogLevel::info, redaction, environment);
    console.failure(Failure(ExitCode::usage, "no", "", "x").with_detail("a\n::error::b\n\x1b[31mc"));
    EXPECT_EQ(ear.heard(), "migrate: error: no\n  detail: a\n    : :error::b\n    c\n  next: x\n");
}

TEST(Consoles, AreColouredOnATerminalOnly) {
    Ear ear(true);
    const Redaction redaction;
    const Environment environment(Variables{{"TERM", "xterm"}});
    Console console("migrate", LogLevel::info, redaction, environment);
    console.failure(sample());
    console.warning("slow");
    const std::string heard = ear.heard();
    EXPECT_NE(heard.find("migrate: \x1b[31merror:\x1b[0m 2 of 3"), std::string::npos) << heard;
    EXPECT_NE(heard.find("migrate: \x1b[33mwarning:\x1b[0m slow"), std::string::npos) << heard;
}

TEST(Consoles, HonourNoColorAndDumbTerminals) {
    for (const auto& variables : {Variables{{"TERM", "xterm"}, {"NO_COLOR", "1"}}, Variables{{"TERM", "dumb"}}}) {
        Ear ear(true);
        const Redaction redaction;
        const Environment environment(variables);
        Console console("migrate", LogLevel::info, redaction, environment);
        console.failure(sample());
        EXPECT_EQ(ear.heard(), k_message);
    }
}

TEST(Consoles, IgnoreAnEmptyNoColor) {
    Ear ear(true);
    const Redaction redaction;
    const Environment environment(Variables{{"TERM", "xterm"}, {"NO_COLOR", ""}});
    Console("migrate", LogLevel::info, redaction, environment).warning("slow");
    EXPECT_NE(ear.heard().find("\x1b[33m"), std::string::npos);
}

TEST(Consoles, RedrawProgressOnATerminal) {
    Ear ear(true);
    const Redaction redaction;
    const Environment environment(Variables{{"TERM", "xterm"}});
    Console console("capture", LogLevel::info, redaction, environment);
    console.progress("1 of 2");
    console.progress("2 of 2");
    console.info("done");
    EXPECT_EQ(ear.heard(), "\r\x1b[Kcapture: 1 of 2\r\x1b[Kcapture: 2 of 2\r\x1b[Kcapture: done\n");
}

TEST(Consoles, SayProgressSeldomElsewhere) {
    Ear ear(false);
    const Redaction redaction;
    const Environment environment(Variables{{"TERM", "xterm"}});
    Console console("capture", LogLevel::info, redaction, environment);
    for (int i = 0; i < 100; ++i) console.progress(std::to_string(i) + " of 100");
    EXPECT_EQ(ear.heard(), "capture: 0 of 100\n");
}

}  // namespace
}  // namespace lastgood
