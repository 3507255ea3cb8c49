#include "host/hosts.hpp"
#include "host/summary_file.hpp"
#include "outside/environment.hpp"

#include <cstdlib>
#include <map>
#include <random>

namespace lastgood {

namespace {

// The runner's limits (actions/runner, ExecutionContext.cs): annotations of one kind per step, and their length. One
// step can be five programs of ours (lastgood run), so each gives way early.
constexpr int k_annotations = 10;
constexpr std::size_t k_message = 4096;
constexpr std::string_view k_cut = " ...";

/// As the runner decodes the data of a workflow command.
std::string escaped_data(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (c == '%')
            result += "%25";
        else if (c == '\r')
            result += "%0D";
        else if (c == '\n')
            result += "%0A";
        else
            result += c;
    }
    return result;
}

/// And that of its properties.
std::string escaped_property(std::string_view text) {
    std::string result;
    for (const char c : escaped_data(text)) {
        if (c == ':')
            result += "%3A";
        else if (c == ',')
            result += "%2C";
        else
            result += c;
    }
    return result;
}

std::string shortened(std::string text) {
    if (text.size() <= k_message) return text;
    auto end = k_message - k_cut.size();
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    return text.substr(0, end) + std::string(k_cut);
}

class GithubHost : public Host {
  public:
    explicit GithubHost(const Environment& environment)
        : m_environment(environment),
          m_is_listening(environment.first_of({"GITHUB_ACTIONS"}) == "true"),
          m_summary(environment.first_of({"LASTGOOD_SUMMARY", "GITHUB_STEP_SUMMARY"})) {}

    std::string name() const override { return "github"; }

    std::string run_id() const override {
        const std::string id = get("GITHUB_RUN_ID");
        return id.empty() ? "" : "github-" + id;
    }

    int attempt() const override {
        const int number = std::atoi(get("GITHUB_RUN_ATTEMPT").c_str());
        return number > 0 ? number : 1;
    }

    /// Who asked for this attempt; a rerun keeps the first one's rights, and his name in GITHUB_ACTOR.
    std::string actor() const override { return m_environment.first_of({"GITHUB_TRIGGERING_ACTOR", "GITHUB_ACTOR"}); }

    std::string page() const override {
        const std::string server = get("GITHUB_SERVER_URL");
        const std::string repository = get("GITHUB_REPOSITORY");
        const std::string id = get("GITHUB_RUN_ID");
        if (server.empty() || repository.empty() || id.empty()) return "";
        return server + "/" + repository + "/actions/runs/" + id;
    }

    bool is_debugging() const override { return get("RUNNER_DEBUG") == "1"; }
    bool shows_colour() const override { return m_is_listening; }

    std::string mask(std::string_view secret) const override {
        return m_is_listening ? "::add-mask::" + escaped_data(secret) : "";
    }

    std::string open_section(std::string_view, std::string_view title) const override {
        return m_is_listening ? "::group::" + escaped_data(title) : "";
    }

    std::string close_section(std::string_view) const override { return m_is_listening ? "::endgroup::" : ""; }

    std::string annotate(const Annotation& annotation) override {
        if (!m_is_listening || ++m_annotated[annotation.severity] > k_annotations / 2) return "";
        std::string line = annotation.severity == Severity::error ? "::error title=" : "::warning title=";
        line += escaped_property(annotation.title);
        if (!annotation.file.empty()) line += ",file=" + escaped_property(annotation.file);
        if (annotation.line > 0) line += ",line=" + std::to_string(annotation.line);
        if (annotation.column > 0) line += ",col=" + std::to_string(annotation.column);
        return line + "::" + escaped_data(shortened(annotation.text));
    }

    bool annotation_is_log_line() const override { return true; }

    bool takes_outputs() const override { return !get("GITHUB_OUTPUT").empty(); }

    void publish(const RunOutputs& outputs) const override {
        const std::string file = get("GITHUB_OUTPUT");
        if (file.empty()) return;
        std::string text;
        for (const auto& [name, value] : std::initializer_list<std::pair<const char*, std::string>>{
                 {"run-id", outputs.run_id},
                 {"outcome", outputs.outcome},
                 {"revision", outputs.revision},
                 {"restore-point", outputs.restore_point},
                 {"rolled-back", outputs.rolled_back ? "true" : "false"}})
            text += entry(name, value);
        append_to(file, text);
    }

    std::optional<std::size_t> room_for_summary() const override { return m_summary.room(); }
    void summarise(const std::string& markdown) const override { m_summary.append(markdown); }

  private:
    std::string get(const char* variable) const { return m_environment.first_of({variable}); }

    /// With a delimiter that the value cannot know.
    static std::string entry(const std::string& name, const std::string& value) {
        std::random_device random;
        const std::string end = "lastgood_" + std::to_string(random()) + std::to_string(random());
        return name + "<<" + end + "\n" + value + "\n" + end + "\n";
    }

    const Environment m_environment;
    const bool m_is_listening;  ///< a runner reads what we print; else only its variables were handed to us
    SummaryFile m_summary;
    std::map<Severity, int> m_annotated;
};

}  // namespace

std::unique_ptr<Host> github_host(const Environment& environment) {
    if (environment.first_of({"GITHUB_ACTIONS"}) != "true" && environment.first_of({"GITHUB_RUN_ID"}).empty())
        return nullptr;
    return std::make_unique<GithubHost>(environment);
}

}  // namespace lastgood
