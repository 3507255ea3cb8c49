#include "framework/behind_gate.hpp"

#include "core/failure.hpp"
#include "gate/gate.hpp"
#include "outside/console.hpp"

namespace lastgood {

namespace {

/// The only port that an isolated program reaches: PostgreSQL's own, for settings that name none.
constexpr std::uint16_t k_port = 5432;

}  // namespace

bool keeps_off_the_network(Processes& processes, Console& console, bool accepted, const std::string& what,
                           const std::string& key) {
    const std::string why_not = processes.why_no_isolation();
    if (why_not.empty()) return true;
    if (!accepted)
        throw Failure(
            ExitCode::refused, what + " cannot be kept off the network here: " + why_not, "nothing",
            "run lastgood where that is possible; or " + key + ": accept, where its code reaches nothing that counts");
    console.warning(what + " runs with the network at hand: " + why_not);
    return false;
}

FrameworkContext behind_gate(FrameworkContext context, Gate& gate, bool isolated) {
    const ConnectionUrl url = isolated ? gate.url(k_port) : gate.listen_on_loopback();
    context.secret.value = url.url();
    // For settings that leave it to libpq; what the framework itself is given goes before.
    const auto where = url.environment();
    context.seclude = [&gate, where, isolated](Command& command) {
        command.environment.insert(where.begin(), where.end());
        if (!isolated) return;
        command.isolation = Isolation{k_port, [&gate](Descriptor socket) { gate.serve(std::move(socket)); }};
    };
    return context;
}

}  // namespace lastgood
