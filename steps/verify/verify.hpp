#pragma once

#include "check/check.hpp"
#include "record/good_releases.hpp"
#include "record/restore_points.hpp"
#include "step/fences.hpp"
#include "step/joined_run.hpp"
#include "step/plan.hpp"
#include "step/project.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace lastgood {

/// Moves git.good_ref to a commit; returns "" or why it could not.
using GoodRef = std::function<std::string(const std::string& ref, const std::string& commit)>;

/// verify. It can read the database, write a good release and lift the fence; it can read
/// restore points but not write them.
class Verify : public Step {
  public:
    struct Ports {
        const Pipeline& pipeline;
        const Databases& databases;
        JoinedRun& run;
        const RestorePoints restore_points;
        GoodReleases good_releases;
        Project& project;
        Fences& fences;
        GoodRef move_good_ref;
        std::function<std::string()> served;  ///< what the platform serves, by its own name; "" without one
        const Redaction& redaction;
        Processes& processes;
        const Environment& environment;
        Console& console;
        Interruption& interruption;
        std::filesystem::path junit;  ///< where the results are to go too; "": nowhere
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
    void write_junit(Time begin) const;
    CheckContext context();
    Captured captured();
    LossQuestion question(const Manifest& manifest);
    std::string schema(Milliseconds timeout) const;
    void judge() const;
    Json write_good_release();

    Ports m_ports;
    std::vector<CheckResult> m_results;  ///< in the order of the pipeline
    bool m_closed = false;
};

}  // namespace lastgood
