#include "framework/guarded_run.hpp"

#include "core/failure.hpp"
#include "core/quantity.hpp"
#include "framework/context.hpp"
#include "framework/manner.hpp"
#include "framework/migration_error.hpp"
#include "outside/console.hpp"
#include "outside/interruption.hpp"

#include <algorithm>
#include <functional>

namespace lastgood {

namespace {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;
using Left = MigrationError::Left;
using Cancelled = MigrationWatch::Cancelled;

constexpr Milliseconds k_first_pause{200};
constexpr Milliseconds k_longest_pause{5000};

std::string each_on_a_line(const std::vector<WaitingBackend>& queue) {
    std::string lines;
    for (const auto& backend : queue)
        lines += (lines.empty() ? "" : "\n") + backend.who + " waited " + say_duration(backend.waited) + " for " +
                 backend.what + ": " + backend.statement;
    return lines;
}

class GuardedRun {
  public:
    GuardedRun(Framework& framework, const FrameworkContext& context)
        : m_framework(framework),
          m_context(context),
          m_deadline(deadline_of(context.settings.timeout)),
          m_watch({context.url, context.application_name, context.settings.max_queue, m_deadline}, context.console,
                  context.interruption) {}

    GuardedResult up() {
        std::optional<Migrations> now = m_framework.migrations();
        const Migrations before = *now;
        m_planned = before.pending_known ? before.pending.size() : 0;
        m_known = before.pending_known;
        for (const Stretch& stretch : stretches_of(m_framework.describe(before.pending), m_framework.stepwise()))
            run(stretch.repeatable, [&] {
                const Limits limits = limits_of(stretch.manner, m_context.settings);
                const MigrateOrder order{now ? *now : m_framework.migrations(), limits, stretch.last};
                now.reset();
                const MigrateResult result = m_framework.migrate(order);
                now = result.after;
                take(result.done);
                append(m_result.result.own_transactions, result.own_transactions);
                m_result.result.took.insert(result.took.begin(), result.took.end());
            });
        require_all(before, now ? *now : m_framework.migrations());
        return seen();
    }

    GuardedResult once(const std::function<void()>& work) {
        m_planned = 1;
        run(true, work);
        return seen();
    }

    GuardedResult down(const std::vector<std::string>& applied) {
        m_down = true;
        const auto now = m_framework.migrations().applied;
        m_known = true;
        for (const auto& name : now)
            m_planned += std::find(applied.begin(), applied.end(), name) == applied.end() ? 1 : 0;
        run(true, [&] { m_framework.go_down(applied, m_context.limits()); });
        return seen();
    }

  private:
    static std::optional<Clock::time_point> deadline_of(Milliseconds timeout) {
        return timeout.count() == 0 ? std::nullopt : std::optional(Clock::now() + timeout);
    }
    static void append(std::vector<std::string>& to, const std::vector<std::string>& more) {
        to.insert(to.end(), more.begin(), more.end());
    }

    void take(const std::vector<std::string>& done) { append(m_result.result.done, done); }

    GuardedResult seen() {
        m_result.longest_queue = m_watch.longest_queue();
        m_result.locks = m_watch.locks();
        return m_result;
    }

    void run(bool repeatable, const std::function<void()>& work) {
        std::optional<Clock::time_point> until;
        std::string again;
        for (Milliseconds pause = k_first_pause;; pause = std::min(pause * 8 / 5, k_longest_pause)) {
            m_context.interruption.check();
            m_watch.begin_attempt();
            try {
                return work();
            } catch (const MigrationError& error) {
                take(error.done());
                if (!until || again != error.migration()) {
                    until = Clock::now() + m_context.settings.retry_for;
                    pause = k_first_pause;
                    again = error.migration();
                }
                if (!repeatable || !may_succeed_later(error) || Clock::now() + pause > *until) throw failure(error);
                say_again(error, pause);
            }
            m_context.interruption.wait(pause);
            ++m_result.tries;
        }
    }

    bool may_succeed_later(const MigrationError& error) const {
        if (error.left() != Left::nothing || m_watch.terminated()) return false;
        if (m_watch.cancelled() == Cancelled::time_over) return false;
        // What is too slow for those who wait is so the next time too; what only stood in the queue itself is not.
        if (m_watch.cancelled() == Cancelled::queue) return m_watch.was_waiting();
        return error.sqlstate() == k_lock_not_available || error.sqlstate() == k_deadlock_detected;
    }

    void say_again(const MigrationError& error, Milliseconds pause) {
        const auto wait = m_watch.last_wait();
        m_context.console.info(called(error) + " gave way" + (wait ? ": it waited for " + wait->what : "") +
                               (wait && !wait->holders.empty() ? ", " + wait->holders : "") + "; again in " +
                               say_duration(pause));
    }

    std::string called(const MigrationError& error) const {
        if (!error.migration().empty()) return "\"" + error.migration() + "\"";
        return m_known ? "what follows the migrations" : "the migrator";
    }

    /// The migrator's own words say little where it was cancelled, or waited in vain.
    struct Reason {
        std::string text;
        std::string detail;
        std::string next;  ///< if nothing was changed
    };
    Reason reason_of(const MigrationError& error) const {
        Reason reason{error.reason(), error.detail(),
                      "correct the migration, commit it and start a new run: lastgood run"};
        const auto put_first = [&](const std::string& lines) {
            if (!lines.empty()) reason.detail = lines + (reason.detail.empty() ? "" : "\n") + reason.detail;
        };
        const auto wait = m_watch.last_wait();
        if (m_watch.cancelled() == Cancelled::time_over) {
            reason.text = "timed out after " + say_duration(m_context.settings.timeout);
            reason.next = "raise migrate.timeout, then: lastgood run";
        } else if (m_watch.cancelled() == Cancelled::queue) {
            reason.text = "ended because " + say_count(m_watch.queue().size(), "session") + " queued behind it" +
                          (m_watch.was_waiting() && wait ? " while it waited for " + wait->what : "") +
                          " for longer than max_queue " + say_duration(m_context.settings.max_queue);
            reason.next = "lastgood run       when there is less traffic; or raise migrate.max_queue";
            put_first(each_on_a_line(m_watch.queue()));
            if (wait && m_watch.was_waiting()) put_first(wait->holders);
        } else if (error.sqlstate() == k_lock_not_available) {
            reason.text = "lock timeout" + (wait ? " on " + wait->what : "");
            reason.next = "lastgood run       when the lock is free; or raise migrate.lock_timeout or retry_for";
            if (wait) put_first(wait->holders);
        }
        if (m_watch.terminated())
            reason.text += "; cancelling it came to nothing, so its connection had to be terminated";
        if (m_result.tries > 1) reason.text += ", begun " + std::to_string(m_result.tries) + " times";
        return reason;
    }

    std::string what_is_changed(const MigrationError& error) const {
        const auto& done = m_result.result.done;
        if (error.left() == Left::not_known) return "not known: " + called(error) + " may be applied";
        if (error.left() == Left::half_way && !m_known)
            return "not known: the migrator, of which nothing is known, may have left something";
        if (error.left() == Left::half_way) return called(error) + " may be applied in part";
        if (!error.changed().empty()) return error.changed();
        return done.empty() ? "nothing" : "schema at " + done.back();
    }

    Failure failure(const MigrationError& error) const {
        const auto& done = m_result.result.done;
        const Reason reason = reason_of(error);
        const bool clean = done.empty() && error.left() == Left::nothing && error.changed().empty();
        const auto code = error.left() == Left::not_known ? ExitCode::in_doubt
                          : clean                         ? ExitCode::failed_clean
                                                          : ExitCode::failed_changed;
        const std::string of = m_known ? " of " + say_count(m_planned, "migration") : "";
        const std::string what =
            m_down ? "the way down failed at " + called(error) + ": " + reason.text
                   : std::to_string(done.size()) + of + " applied, then " + called(error) + " failed: " + reason.text;
        return Failure(code, what, what_is_changed(error), clean && !m_down ? reason.next : "lastgood rollback")
            .with_detail(reason.detail);
    }

    static void require_all(const Migrations& before, const Migrations& after) {
        if (after.pending.empty()) return;
        throw Failure(
            ExitCode::failed_changed, "the migrator succeeded, but \"" + after.pending.front() + "\" is still pending",
            say_count(before.pending.size() - std::min(before.pending.size(), after.pending.size()), "migration") +
                " applied",
            "lastgood rollback");
    }

    Framework& m_framework;
    const FrameworkContext& m_context;
    std::optional<Clock::time_point> m_deadline;
    MigrationWatch m_watch;
    GuardedResult m_result;
    std::size_t m_planned = 0;
    bool m_known = true;  ///< how many there are
    bool m_down = false;
};

}  // namespace

GuardedResult migrate_guarded(Framework& framework, const FrameworkContext& context) {
    return GuardedRun(framework, context).up();
}

GuardedResult run_guarded(Framework& framework, const FrameworkContext& context, const std::function<void()>& work) {
    return GuardedRun(framework, context).once(work);
}

GuardedResult go_down_guarded(Framework& framework, const FrameworkContext& context,
                              const std::vector<std::string>& applied) {
    return GuardedRun(framework, context).down(applied);
}

}  // namespace lastgood
