#pragma once

#include "outside/console.hpp"
#include "outside/crash_point.hpp"
#include "outside/environment.hpp"
#include "outside/files.hpp"
#include "outside/interruption.hpp"
#include "outside/redaction.hpp"
#include "record/run_record.hpp"
#include "step/life.hpp"
#include "store/directory_store.hpp"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace lastgood::test {

/// A step that does what the test says and remembers what it was asked.
class FakeStep : public Step {
  public:
    Plan planned;
    std::function<void()> planning = [] {};
    std::map<std::string, std::function<Json()>> acting;
    std::function<Json()> proving = [] { return Json{{"fact", 7}}; };
    std::vector<std::string> asked;

    /// One that plans these actions, each changing production.
    explicit FakeStep(const std::vector<std::string>& ids) {
        for (const auto& id : ids) planned.actions.push_back({id, "do " + id, true, true, {{"of", id}}});
    }
    std::string name() const override { return "migrate"; }
    Plan plan() override {
        asked.emplace_back("plan");
        planning();
        return planned;
    }
    Json act(const PlannedAction& action) override {
        asked.push_back(action.id);
        const auto found = acting.find(action.id);
        return found == acting.end() ? Json{{"result", action.id}} : found->second();
    }
    Json prove() override {
        asked.emplace_back("prove");
        return proving();
    }
};

/// The doors that a life needs, and a record in a directory of its own.
class LifeWorld {
  public:
    explicit LifeWorld(const std::string& crash = "", const std::filesystem::path& directory = {})
        : m_directory(directory.empty() ? std::make_unique<TemporaryDirectory>("lastgood-life-") : nullptr),
          m_store(std::make_unique<DirectoryStore>(m_directory ? m_directory->path() : directory)),
          m_environment(variables(crash)),
          m_crash(m_environment) {}

    Life life(bool dry_run = false, bool json = false) {
        return {&record, nullptr, m_console, interruption, dry_run, json};
    }
    /// Types of the events, with the action's id where there is one: "action-begun swap".
    std::vector<std::string> events() const {
        std::vector<std::string> types;
        for (const auto& event : read().events())
            types.push_back(event.type + (event.data.contains("id") ? " " + event.data["id"].get<std::string>() : ""));
        return types;
    }
    /// The record as another program reads it.
    RunRecord read() const { return {*m_store, "shop/production", "github-1"}; }
    Json data_of(std::size_t number) const { return read().events().at(number - 1).data; }

  private:
    static std::map<std::string, std::string> variables(const std::string& crash) {
        if (crash.empty()) return {};
        return {{"LASTGOOD_TEST_CRASH", crash}};
    }

    std::unique_ptr<TemporaryDirectory> m_directory;  ///< null where it is somebody else's
    std::unique_ptr<Store> m_store;
    Environment m_environment;
    Redaction m_redaction;
    CrashPoint m_crash;

  public:
    Interruption interruption;
    RunRecord record{*m_store, "shop/production", "github-1", &m_crash};

  private:
    Console m_console{"migrate", LogLevel::off, m_redaction, m_environment};
};

}  // namespace lastgood::test
