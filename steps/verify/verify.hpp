#pragma once

#include "check/check.hpp"
#include "record/good_releases.hpp"
#include "step/fences.hpp"
#include "step/joined_run.hpp"
#include "step/plan.hpp"
#include "step/project.hpp"

#include <memory>
#include <string>
#include <vector>

namespace lastgood {

/// Moves git.good_ref to a commit; returns "" or why it could not.
using GoodRef = std::function<std::string(const std::string& ref, const std::string& commit)>;

/// verify. It can read the database, write a good release and lift the fence; it holds no restore point.
class Verify : public Step {
  public:
    struct Ports {
        const Pipeline& pipeline;
        const Databases& databases;
        JoinedRun& run;
        GoodReleases good_releases;
        Project& project;
        Fences& fences;
        GoodRef move_good_ref;
        const Redaction& redaction;
        Processes& processes;
        const Environment& environment;
        Console& console;
        Interruption& interruption;
    };
    explicit Verify(Ports ports) : m_ports(std::move(ports)) {}

    std::string name() const override { return "verify"; }
    Plan plan() override;
    Json act(const PlannedAction& action) override;
    Json prove() override;

  private:
    Json ask_everything();
    std::vector<std::size_t> those(bool through_application) const;
    void ask(const std::vector<std::size_t>& numbers, const CheckContext& context);
    void leave_unasked(const std::vector<std::size_t>& numbers);
    void tell(const CheckResult& result) const;
    CheckContext context();
    void judge() const;
    Json write_good_release();
    std::pair<SchemaState, std::string> schema_now();

    Ports m_ports;
    std::vector<CheckResult> m_results;  ///< in the order of the pipeline
    bool m_closed = false;
};

}  // namespace lastgood
