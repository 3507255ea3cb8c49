#include "check/check_kinds.hpp"
#include "outside/console.hpp"
#include "outside/process.hpp"

#include <deque>

namespace lastgood {

namespace {

/// A shell's words for "cannot be executed" and "not found": the check did not run.
constexpr int k_not_executable = 126;
constexpr int k_not_found = 127;

constexpr std::size_t k_last_lines = 5;

/// Says each line as it comes, with whose it is (other checks run beside), and keeps the last ones.
class Said {
  public:
    Said(Console& console, std::string whose) : m_console(console), m_whose(std::move(whose)) {}
    void add(std::string_view line) {
        m_console.relay(m_whose + ": " + std::string(line));
        m_last.emplace_back(line);
        if (m_last.size() > k_last_lines) m_last.pop_front();
    }
    std::vector<std::string> last() const { return {m_last.begin(), m_last.end()}; }

  private:
    Console& m_console;
    std::string m_whose;
    std::deque<std::string> m_last;
};

}  // namespace

/// What a program prints is its own: it is evidence as it stands, redacted.
CheckResult check_command(const CheckSettings& settings, const CheckContext& context) {
    Said said(context.console, settings.place.text());
    Command command;
    command.argv = std::get<CommandCheck>(settings.what).run;
    command.environment = context.environment;
    command.directory = context.work_tree;
    command.timeout = settings.timeout;
    command.leftover_mark = context.leftover_mark;
    command.keep = KeptOutput::end();
    command.judged = true;
    command.on_line = [&](OutputStream, std::string_view line) { said.add(line); };
    const auto result = context.processes.run(command);
    const std::string end = command.argv[0] + ": " + result.say_end();
    const Evidence evidence{.asked = say_command(command.argv),
                            .expected = "exit status 0",
                            .found = result.say_end(),
                            .differences = said.last()};
    if (result.ok()) return passed(end, evidence);
    const bool answered = !result.timed_out && result.signal == 0 && result.exit_code != k_not_executable &&
                          result.exit_code != k_not_found;
    return answered ? failed(end, evidence) : could_not_tell(end, evidence);
}

}  // namespace lastgood
