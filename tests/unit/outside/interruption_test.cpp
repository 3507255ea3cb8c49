#include "outside/interruption.hpp"

#include "core/failure.hpp"
#include "support.hpp"

#include <signal.h>
#include <thread>
#include <unistd.h>

namespace lastgood {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// What kill(1) does. raise() would go to this thread only, where the signal is blocked for good.
void send(int signal) {
    ::kill(::getpid(), signal);
}

TEST(Interruptions, StartQuiet) {
    const Interruption interruption;
    EXPECT_EQ(interruption.requested(), 0);
    EXPECT_NO_THROW(interruption.check());
    EXPECT_NO_THROW(interruption.wait(milliseconds(1)));
}

TEST(Interruptions, TakeEachOfTheThreeSignals) {
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
        const Interruption interruption;
        send(signal);
        try {
            interruption.wait(seconds(10));
            FAIL() << "not interrupted";
        } catch (const Interrupted& interrupted) {
            EXPECT_EQ(interrupted.signal(), signal);
        }
        EXPECT_EQ(interruption.requested(), signal);
        EXPECT_THROW(interruption.check(), Interrupted);
    }
}

TEST(Interruptions, EndAWaitAtOnce) {
    Interruption interruption;
    const auto begin = std::chrono::steady_clock::now();
    std::thread other([&] { interruption.request(SIGTERM); });
    EXPECT_THROW(interruption.wait(seconds(60)), Interrupted);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(5));
    other.join();
}

TEST(Interruptions, CallEachCancellerOnce) {
    Interruption interruption;
    std::atomic<int> early{0};
    std::atomic<int> late{0};
    const Interruption::Registration before(interruption, [&] { ++early; });
    send(SIGTERM);
    EXPECT_TRUE(comes_true([&] { return early == 1; }));
    const Interruption::Registration after(interruption, [&] { ++late; });
    EXPECT_EQ(late, 1);
    interruption.request(SIGINT);
    EXPECT_EQ(early, 1);
    EXPECT_EQ(late, 1);
    EXPECT_EQ(interruption.requested(), SIGTERM) << "the first one counts";
}

TEST(Interruptions, ForgetACancellerThatIsGone) {
    Interruption interruption;
    std::atomic<int> calls{0};
    {
        const Interruption::Registration registration(interruption, [&] { ++calls; });
    }
    interruption.request(SIGTERM);
    EXPECT_EQ(calls, 0);
}

TEST(Interruptions, WaitBehindAShield) {
    Interruption interruption;
    std::atomic<int> calls{0};
    const Interruption::Registration registration(interruption, [&] { ++calls; });
    {
        const Interruption::Shield outer(interruption);
        {
            const Interruption::Shield inner(interruption);
            send(SIGTERM);
            EXPECT_TRUE(comes_true([&] { return interruption.requested() == SIGTERM; }));
        }
        EXPECT_NO_THROW(interruption.check());
        EXPECT_NO_THROW(interruption.wait(milliseconds(1)));
        EXPECT_EQ(calls, 0);
    }
    EXPECT_EQ(calls, 1);
    EXPECT_THROW(interruption.check(), Interrupted);
}

TEST(Interruptions, DoNotCallACancellerAgainAfterAShield) {
    Interruption interruption;
    std::atomic<int> calls{0};
    const Interruption::Registration registration(interruption, [&] { ++calls; });
    interruption.request(SIGTERM);
    { const Interruption::Shield shield(interruption); }
    EXPECT_EQ(calls, 1);
}

TEST(Interruptions, EndTheProcessAtTheSecondSignal) {
    const auto twice = [] {
        const Interruption interruption;
        send(SIGTERM);
        comes_true([&] { return interruption.requested() != 0; });
        send(SIGINT);
        std::this_thread::sleep_for(seconds(10));
    };
    EXPECT_EXIT(twice(), testing::ExitedWithCode(130), "");
}

TEST(Interruptions, EndTheProcessEvenIfACancellerHangs) {
    const auto twice = [] {
        Interruption interruption;
        std::atomic<bool> hanging{false};
        const Interruption::Registration registration(interruption, [&] {
            hanging = true;
            for (;;) ::pause();
        });
        send(SIGINT);
        comes_true([&] { return hanging.load(); });
        send(SIGTERM);
        std::this_thread::sleep_for(seconds(10));
    };
    EXPECT_EXIT(twice(), testing::ExitedWithCode(143), "");
}

TEST(Interruptions, TakeAnEchoForTheSameSignal) {
    const auto echo = [] {
        const Interruption interruption;
        send(SIGTERM);
        comes_true([&] { return interruption.requested() != 0; });
        send(SIGTERM);
        sigset_t pending;
        comes_true([&] { return ::sigpending(&pending) == 0 && !sigismember(&pending, SIGTERM); });
        std::_Exit(7);
    };
    EXPECT_EXIT(echo(), testing::ExitedWithCode(7), "");
}

TEST(Interruptions, KeepTheProcessAtASecondSignalBehindAShield) {
    const auto shielded = [] {
        Interruption interruption;
        const Interruption::Shield shield(interruption);
        send(SIGTERM);
        comes_true([&] { return interruption.requested() != 0; });
        send(SIGINT);
        sigset_t pending;
        comes_true([&] { return ::sigpending(&pending) == 0 && !sigismember(&pending, SIGINT); });
        std::_Exit(7);
    };
    EXPECT_EXIT(shielded(), testing::ExitedWithCode(7), "");
}

TEST(Interruptions, LeaveNohupAlone) {
    const auto hung_up = [] {
        std::signal(SIGHUP, SIG_IGN);
        const Interruption interruption;
        send(SIGHUP);
        send(SIGTERM);
        comes_true([&] { return interruption.requested() != 0; });
        std::_Exit(interruption.requested());
    };
    EXPECT_EXIT(hung_up(), testing::ExitedWithCode(SIGTERM), "");
}

TEST(Interruptions, SurviveAClosedPipe) {
    const auto write_to_nobody = [] {
        const Interruption interruption;
        int ends[2];
        if (::pipe(ends) != 0) std::_Exit(1);
        ::close(ends[0]);
        std::_Exit(::write(ends[1], "x", 1) < 0 && errno == EPIPE ? 7 : 2);
    };
    EXPECT_EXIT(write_to_nobody(), testing::ExitedWithCode(7), "");
}

TEST(Interruptions, TakeASignalThatWasWaiting) {
    sigset_t term;
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    ASSERT_EQ(::pthread_sigmask(SIG_BLOCK, &term, nullptr), 0);
    for (int round = 0; round < 50; ++round) {
        send(SIGTERM);
        const Interruption interruption;
        EXPECT_THROW(interruption.wait(seconds(10)), Interrupted);
    }
    ASSERT_EQ(::pthread_sigmask(SIG_UNBLOCK, &term, nullptr), 0);
}

TEST(Interruptions, GiveTheMaskBack) {
    sigset_t mask;
    { const Interruption interruption; }
    ASSERT_EQ(::pthread_sigmask(SIG_BLOCK, nullptr, &mask), 0);
    EXPECT_FALSE(sigismember(&mask, SIGTERM));
}

}  // namespace
}  // namespace lastgood
