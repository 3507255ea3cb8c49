#include "host/hosts.hpp"
#include "host/summary_file.hpp"
#include "outside/environment.hpp"

namespace lastgood {

namespace {

/// A person, or a CI that we do not know.
class TerminalHost : public Host {
  public:
    explicit TerminalHost(const Environment& environment)
        : m_actor(environment.first_of({"LOGNAME", "USER"})), m_summary(environment.first_of({"LASTGOOD_SUMMARY"})) {}

    std::string name() const override { return "terminal"; }
    std::string actor() const override { return m_actor; }
    std::optional<std::size_t> room_for_summary() const override { return m_summary.room(); }
    void summarise(const std::string& markdown) const override { m_summary.append(markdown); }

  private:
    std::string m_actor;
    SummaryFile m_summary;
};

}  // namespace

std::unique_ptr<Host> terminal_host(const Environment& environment) {
    return std::make_unique<TerminalHost>(environment);
}

}  // namespace lastgood
