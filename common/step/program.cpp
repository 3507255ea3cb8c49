#include "step/program.hpp"

#include "core/failure.hpp"
#include "core/interrupted_in_doubt.hpp"
#include "core/version.hpp"
#include "outside/terminal.hpp"
#include "record/event.hpp"
#include "step/speaking.hpp"
#include "store/store.hpp"

#include <csignal>
#include <exception>
#include <iostream>

namespace lastgood {

namespace {

int report(World& world, const Failure& failure) {
    end_section(world);
    world.console.failure(failure);
    annotate(world, failure);
    if (world.options.json)
        world.console.answer(Json{{"lastgood", k_record_format},
                                  {"type", "failure"},
                                  {"program", world.text.executable},
                                  {"exit_status", status_of(failure.code())},
                                  {"what", world.redaction.clean(failure.what_happened())},
                                  {"detail", world.redaction.clean(failure.detail())},
                                  {"changed", world.redaction.clean(world.console.completed(failure.changed()))},
                                  {"next", world.console.completed(failure.next())}}
                                 .dump(-1, ' ', false, Json::error_handler_t::replace));
    return status_of(failure.code());
}

Failure as_failure(const StoreError& error) {
    return {ExitCode::failed_clean, "the store failed: " + std::string(error.what()), "nothing",
            error.full() ? "free room in the store, then run the same command again"
                         : "bring the store back, then run the same command again; with production down: lastgood "
                           "rollback --without-store"};
}

Failure as_failure(const DatabaseError& error) {
    Failure failure(error.connection_lost() ? ExitCode::in_doubt : ExitCode::failed_clean,
                    "the database failed: " + error.primary(), error.connection_lost() ? "unknown" : "nothing",
                    "lastgood status   shows where the run stands");
    return failure.with_detail(error.what());
}

Failure as_bug(const std::exception& error) {
    Failure failure(ExitCode::bug, "our bug: " + std::string(error.what()), "see lastgood status",
                    "lastgood status, and report this with the output of --log-level debug");
    return failure.with_detail("lastgood " + std::string(k_version));
}

int run_guarded(World& world, const std::function<int()>& body) {
    try {
        const int status = body();
        end_section(world);
        return status;
    } catch (const Failure& failure) {
        return report(world, failure);
    } catch (const Interrupted& interrupted) {
        end_section(world);
        world.console.warning(dynamic_cast<const InterruptedInDoubt*>(&interrupted) != nullptr
                                  ? "interrupted; the server says nothing, and what ran there may "
                                    "run on. next: lastgood status, then run "
                                    "the same command again"
                                  : "interrupted; what ran on the server was cancelled and the "
                                    "record says so. next: run the same command "
                                    "again");
        return interrupted.exit_status();
    } catch (const StoreError& error) {
        return report(world, as_failure(error));
    } catch (const DatabaseError& error) {
        return report(world, as_failure(error));
    } catch (const std::exception& error) {
        return report(world, as_bug(error));
    }
}

}  // namespace

int run_program(int argc, char** argv, const ProgramText& text,
                const std::function<int(World&, const Arguments&)>& body) {
    const Parsed parsed = parse_arguments(argc, argv, text, program(text.executable));
    if (!parsed.go_on) return parsed.status;
    World world(text, parsed.arguments);
    // While it ends by itself: a second signal, which nobody need know of, would not wait for the server.
    const Interruption::Registration told(world.interruption, [&text] {
        tell_terminal_at_once(text.speaker +
                              ": interrupted; ending what runs on the server. Once more: ends at once, and the next "
                              "command looks at what was left");
    });
    const int status = run_guarded(world, [&] { return body(world, parsed.arguments); });
    hand_on(world, status);
    return status;
}

}  // namespace lastgood
