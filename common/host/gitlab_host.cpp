#include "host/hosts.hpp"
#include "host/summary_file.hpp"
#include "outside/environment.hpp"

#include <algorithm>
#include <cctype>
#include <chrono>

namespace lastgood {

namespace {

// GitLab refuses a dotenv report of 5 KB or more as a whole.
constexpr std::size_t k_dotenv = 5UL * 1024;
constexpr std::string_view k_clear = "\x1b[0K";

std::string now_in_seconds() {
    return std::to_string(
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count());
}

/// A dotenv report knows neither quotes nor several lines.
std::string one_word(std::string value) {
    std::replace_if(
        value.begin(), value.end(), [](unsigned char c) { return std::isgraph(c) == 0; }, '_');
    return value;
}

class GitlabHost : public Host {
  public:
    explicit GitlabHost(const Environment& environment)
        : m_environment(environment),
          m_is_listening(environment.first_of({"GITLAB_CI"}) == "true"),
          m_summary(environment.first_of({"LASTGOOD_SUMMARY"})) {}

    std::string name() const override { return "gitlab"; }

    std::string run_id() const override {
        const std::string id = get("CI_PIPELINE_ID");
        return id.empty() ? "" : "gitlab-" + id;
    }

    std::string actor() const override { return get("GITLAB_USER_LOGIN"); }
    std::string page() const override { return get("CI_JOB_URL"); }
    bool is_debugging() const override { return get("CI_DEBUG_TRACE") == "true"; }

    std::string exposure() const override {
        return is_debugging() ? "CI_DEBUG_TRACE is on: the runner prints every variable of this job, secrets too" : "";
    }

    bool shows_colour() const override { return m_is_listening; }

    std::string open_section(std::string_view name, std::string_view title) const override {
        if (!m_is_listening) return "";
        return std::string(k_clear) + "section_start:" + now_in_seconds() + ":" + std::string(name) + "\r" +
               std::string(k_clear) + std::string(title);
    }

    std::string close_section(std::string_view name) const override {
        if (!m_is_listening) return "";
        return std::string(k_clear) + "section_end:" + now_in_seconds() + ":" + std::string(name) + "\r" +
               std::string(k_clear);
    }

    bool takes_outputs() const override { return !get("LASTGOOD_DOTENV").empty(); }

    /// The newest value of a name counts. Each is short by its nature; one that is not would cost us all of them.
    void publish(const RunOutputs& outputs) const override {
        const std::string file = get("LASTGOOD_DOTENV");
        if (file.empty()) return;
        std::string text;
        for (const auto& [name, value] : std::initializer_list<std::pair<const char*, std::string>>{
                 {"LASTGOOD_RUN_ID", outputs.run_id},
                 {"LASTGOOD_OUTCOME", outputs.outcome},
                 {"LASTGOOD_REVISION", outputs.revision},
                 {"LASTGOOD_RESTORE_POINT", outputs.restore_point},
                 {"LASTGOOD_ROLLED_BACK", outputs.rolled_back ? "true" : "false"}})
            text += std::string(name) + "=" + one_word(value.substr(0, k_dotenv / 10)) + "\n";
        std::error_code missing;
        const auto used = std::filesystem::file_size(file, missing);
        if (missing || used + text.size() < k_dotenv) append_to(file, text);
    }

    std::optional<std::size_t> room_for_summary() const override { return m_summary.room(); }
    void summarise(const std::string& markdown) const override { m_summary.append(markdown); }

  private:
    std::string get(const char* variable) const { return m_environment.first_of({variable}); }

    const Environment m_environment;
    const bool m_is_listening;  ///< a runner reads what we print; else only its variables were handed to us
    SummaryFile m_summary;
};

}  // namespace

std::unique_ptr<Host> gitlab_host(const Environment& environment) {
    if (environment.first_of({"GITLAB_CI"}) != "true" && environment.first_of({"CI_PIPELINE_ID"}).empty())
        return nullptr;
    return std::make_unique<GitlabHost>(environment);
}

}  // namespace lastgood
