#include "report/intervals.hpp"

#include "core/exit_code.hpp"
#include "report/loose_fields.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <utility>

namespace lastgood {

namespace {

bool is_signal(int status) {
    return status == 129 || status == 130 || status == 143;
}

std::string say_status(int status) {
    return is_signal(status) ? "interrupted (exit " + std::to_string(status) + ")" : "exit " + std::to_string(status);
}

Tone tone_of(int status) {
    if (status == 0) return Tone::good;
    return is_signal(status) || status == status_of(ExitCode::person) ? Tone::open : Tone::bad;
}

std::string fence_name(const std::string& kind) {
    return kind == "traffic" ? "application held" : kind + " fence";
}

/// Reads the events one after the other. An interval is open as long as its end was not read.
class IntervalReader {
  public:
    void read(const Event& event) {
        const auto at = time_of(event);
        if (!at) return;
        m_newest = std::max(m_newest.value_or(*at), *at);
        const std::string id = text_in(event.data, "id");
        if (event.type == "step-begun") begin(m_steps, Interval::Kind::step, event.step, event.step, "", *at);
        if (event.type == "step-ended") end_step(event, *at);
        if (event.type == "action-begun") begin_action(event, id, *at);
        if (event.type == "action-ended") end(m_actions, event.step, id, *at, Tone::good, "", "");
        if (event.type == "action-failed") fail_action(event, id, *at);
        if (event.type == "note" && text_in(event.data, "name") == "fence") note_fence(event, *at);
    }

    std::vector<Interval> result() && {
        std::vector<Interval> all = std::move(m_fences);
        for (auto& step : m_steps) {
            all.push_back(step);
            for (auto& action : m_actions)
                if (action.step == step.step && action.begin >= step.begin && action.begin <= step.end)
                    all.push_back(action);
        }
        return all;
    }

    void leave_open() {
        for (auto* list : {&m_fences, &m_steps, &m_actions})
            for (auto& interval : *list)
                if (!interval.ended && interval.outcome.empty()) leave(interval, *m_newest);
    }

    bool any() const { return m_newest.has_value(); }

  private:
    using Intervals = std::vector<Interval>;

    static void leave(Interval& interval, Time at) {
        interval.end = std::max(interval.begin, at);
        const bool fence = interval.kind == Interval::Kind::fence;
        interval.outcome = fence ? "still up" : "not ended";
        interval.tone = Tone::open;
    }

    /// The open one of that name, or null.
    static Interval* find(Intervals& list, const std::string& step, const std::string& name) {
        const auto found = std::find_if(list.rbegin(), list.rend(), [&](const Interval& interval) {
            return interval.step == step && interval.name == name && !interval.ended && interval.outcome.empty();
        });
        return found == list.rend() ? nullptr : &*found;
    }

    void begin(Intervals& list, Interval::Kind kind, const std::string& step, const std::string& name,
               const std::string& what, Time at) {
        // A program that died wrote no end; what it began is begun anew.
        if (Interval* left = find(list, step, name)) leave(*left, m_last_of[step].value_or(at));
        list.push_back({kind, step, name, what, at, at, false, Tone::plain, ""});
        m_last_of[step] = at;
    }

    void end(Intervals& list, const std::string& step, const std::string& name, Time at, Tone tone,
             const std::string& outcome, const std::string& what) {
        m_last_of[step] = at;
        Interval* interval = find(list, step, name);
        if (interval == nullptr) return;
        interval->end = std::max(interval->begin, at);
        interval->ended = true;
        interval->tone = tone;
        interval->outcome = outcome;
        if (!what.empty()) interval->what = what;
    }

    void begin_action(const Event& event, const std::string& id, Time at) {
        // Of a record whose step-begun was lost, or of a program that was killed and came back.
        if (find(m_steps, event.step, event.step) == nullptr)
            begin(m_steps, Interval::Kind::step, event.step, event.step, "", at);
        begin(m_actions, Interval::Kind::action, event.step, id, text_in(event.data, "summary"), at);
    }

    void fail_action(const Event& event, const std::string& id, Time at) {
        const auto code = static_cast<int>(count_in(event.data, "code").value_or(0));
        const std::string outcome = is_signal(code)                         ? "interrupted"
                                    : code == status_of(ExitCode::in_doubt) ? "in doubt"
                                                                            : "failed";
        end(m_actions, event.step, id, at, is_signal(code) ? Tone::open : Tone::bad, outcome,
            text_in(event.data, "what"));
    }

    void end_step(const Event& event, Time at) {
        const auto status = static_cast<int>(count_in(event.data, "exit_status").value_or(0));
        end(m_steps, event.step, event.step, at, tone_of(status), status == 0 ? "" : say_status(status),
            text_in(event.data, "what"));
        for (auto& action : m_actions)
            if (action.step == event.step && !action.ended && action.outcome.empty()) leave(action, at);
    }

    void note_fence(const Event& event, Time at) {
        const Json& fence = object_in(event.data, "value");
        for (auto& open : m_fences)
            if (!open.ended) {
                open.end = std::max(open.begin, at);
                open.ended = true;
            }
        if (!fence.empty())
            m_fences.push_back(
                {Interval::Kind::fence, "", fence_name(text_in(fence, "kind")), "", at, at, false, Tone::plain, ""});
    }

    Intervals m_fences;
    Intervals m_steps;
    Intervals m_actions;
    std::map<std::string, std::optional<Time>> m_last_of;  ///< newest event of a step
    std::optional<Time> m_newest;
};

}  // namespace

std::optional<Time> time_of(const Event& event) {
    try {
        return parse_time(event.at);
    } catch (const std::invalid_argument&) {
        return std::nullopt;
    }
}

std::vector<Interval> intervals_of(const std::vector<Event>& events) {
    IntervalReader reader;
    for (const Event& event : events) reader.read(event);
    if (!reader.any()) return {};
    reader.leave_open();
    return std::move(reader).result();
}

}  // namespace lastgood
