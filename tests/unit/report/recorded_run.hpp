#pragma once

#include "record/event.hpp"
#include "report/gather.hpp"

#include <string>
#include <utility>
#include <vector>

namespace lastgood::test {

/// A record as the steps write it: events are numbered, and each is a second after the one before, unless told.
class RecordedRun {
  public:
    RecordedRun& wait(int seconds) {
        m_at += std::chrono::seconds(seconds);
        return *this;
    }
    RecordedRun& add(const std::string& type, const std::string& step = "", Json data = Json::object()) {
        const int number = static_cast<int>(events.size()) + 1;
        events.push_back({number, type, say_time(m_at), step, std::move(data)});
        return wait(1);
    }
    RecordedRun& begin_run(int attempt = 1) {
        return add("run-begun", "",
                   {{"attempt", attempt},
                    {"revision", {{"commit", std::string(40, 'c')}, {"tree", std::string(40, 't')}}},
                    {"branch", "main"},
                    {"actor", "ann on runner"},
                    {"driven", true},
                    {"begun_at", "2026-11-22T15:00:00.000Z"}});
    }
    RecordedRun& note(const std::string& name, Json value) {
        return add("note", "", {{"name", name}, {"value", std::move(value)}});
    }
    RecordedRun& act(const std::string& step, const std::string& id, Json ended = Json::object()) {
        add("action-begun", step, {{"id", id}, {"summary", "do " + id}});
        ended["id"] = id;
        return add("action-ended", step, std::move(ended));
    }
    RecordedRun& step(const std::string& name, int status, const std::string& what = "") {
        Json data{{"exit_status", status}};
        if (!what.empty()) data["what"] = what;
        return add("step-ended", name, std::move(data));
    }
    RecordedRun& capture() {
        add("step-begun", "backup-capture");
        act("backup-capture", "capture",
            {{"restore_point", "rp-1"}, {"rows", 10}, {"tables", 1}, {"bytes", 4096}, {"taken_at", say_time(m_at)}});
        return step("backup-capture", 0);
    }
    RecordedRun& close(const std::string& outcome, const std::string& why) {
        return add("run-closed", "", {{"outcome", outcome}, {"why", why}});
    }

    Report report() const {
        ReportSources sources;
        sources.scope = "shop/production";
        sources.run = "r1";
        sources.record = "file:/store/shop/production/runs/r1/";
        sources.events = events;
        sources.now = m_at;
        sources.written_by = "lastgood test";
        return gather(sources);
    }

    std::vector<Event> events;

  private:
    Time m_at = parse_time("2026-11-22T15:00:00.000Z");
};

}  // namespace lastgood::test
