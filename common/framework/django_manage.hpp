#pragma once

#include "framework/framework.hpp"
#include "outside/process.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace lastgood {

/// manage.py of a project, in its directory and with the guard's environment.
class DjangoManage {
  public:
    explicit DjangoManage(const FrameworkContext& context);

    /// How long a question may take; 2 minutes unless said otherwise.
    void answer_within(std::chrono::milliseconds limit) { m_limit = limit; }

    /// Runs to the end, whatever that is. Failure (3) if the project has no manage.py or Django cannot be imported.
    /// `relay`: its output goes to the console, and migrate.timeout bounds it.
    ProcessResult run(const std::vector<std::string>& arguments, bool relay = false) const;
    /// As run(); Failure (3) with the last lines if it fails.
    std::string output(const std::vector<std::string>& arguments) const;
    /// Runs Python inside the project (`manage.py shell -c`) and gives the JSON that it prints after `k_answer`; "" if
    /// it prints none.
    std::string ask(const std::string& python) const;

    static constexpr const char* k_answer = "lastgood-answer:";

  private:
    const FrameworkContext& m_context;
    std::chrono::milliseconds m_limit{std::chrono::minutes(2)};
};

}  // namespace lastgood
