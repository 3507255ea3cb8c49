#include "record/run_record.hpp"

#include "core/failure.hpp"
#include "core/names.hpp"
#include "outside/clock.hpp"
#include "outside/crash_point.hpp"
#include "record/document.hpp"
#include "record/numbered_keys.hpp"
#include "record/spool.hpp"
#include "store/store.hpp"

#include <utility>

namespace lastgood {

namespace {

std::string run_prefix(const std::string& scope, const std::string& run_id) {
    return scope_prefix(scope) + "runs/" + store_key_part(run_id) + "/";
}

NumberedKeys keys_of(Store& store, const std::string& scope, const std::string& run_id) {
    return {store, run_prefix(scope, run_id)};
}

Event read_event(const NumberedKeys& keys, int number) {
    const std::string key = keys.place(number);
    const auto bytes = keys.get(number);
    if (!bytes) throw unreadable(key, "it was removed");
    Event event = event_from_json(*bytes, key);
    if (event.number != number) throw unreadable(key, "it holds event " + std::to_string(event.number));
    return event;
}

Failure two_programs(const std::string& run_id, int number) {
    return {ExitCode::locked,
            "another program wrote event " + std::to_string(number) + " of run " + run_id +
                " first: two programs are at work on one run",
            "nothing that the record does not say",
            "lastgood status   shows the run; when the other program has ended, run the same command again"};
}

}  // namespace

RunRecord::RunRecord(Store& store, std::string scope, std::string run_id, CrashPoint* crash)
    : m_store(store), m_scope(std::move(scope)), m_run_id(std::move(run_id)), m_crash(crash) {}

void RunRecord::load() const {
    const NumberedKeys keys = keys_of(m_store, m_scope, m_run_id);
    for (const int number : keys.numbers())
        if (m_known.empty() || number > m_known.back().number) m_known.push_back(read_event(keys, number));
    m_loaded = true;
    m_unsure = false;
}

int RunRecord::next_number() const {
    if (!m_spooled.empty()) return m_spooled.back().number + 1;
    return m_known.empty() ? 1 : m_known.back().number + 1;
}

void RunRecord::append(const std::string& type, const std::string& step, Json data) {
    if (!spooling() && (!m_loaded || m_unsure)) load();
    const Event event{next_number(), type, say_time(now()), step, std::move(data)};
    if (m_crash != nullptr) m_crash->before_event();
    write(event);
    if (m_crash != nullptr) m_crash->after_event();
}

void RunRecord::write(const Event& event) {
    if (spooling()) {
        Spool(m_spool).add(event);
        m_spooled.push_back(event);
        return;
    }
    try {
        // Who came second stays second: without a look at the record, which is the caller's to take, it fails again.
        if (!keys_of(m_store, m_scope, m_run_id).create(event.number, document_text(to_json(event))))
            throw two_programs(m_run_id, event.number);
    } catch (const StoreError&) {
        m_unsure = true;
        throw;
    }
    m_known.push_back(event);
}

std::string RunRecord::place() const {
    return m_store.address() + "/" + run_prefix(m_scope, m_run_id);
}

std::vector<Event> RunRecord::events() const {
    if (!spooling()) load();
    std::vector<Event> events = m_known;
    events.insert(events.end(), m_spooled.begin(), m_spooled.end());
    return events;
}

RunState RunRecord::state() const {
    return fold(m_run_id, events(), place());
}

void RunRecord::spool_to(const std::filesystem::path& directory) {
    if (spooling()) return;
    try {
        if (!m_loaded || m_unsure) load();
    } catch (const StoreError&) {
        if (!m_loaded) throw;
    }
    const std::filesystem::path place = directory / run_prefix(m_scope, m_run_id);
    Spool spool(place);
    for (Event& event : spool.events()) {
        const bool written = event.number <= static_cast<int>(m_known.size()) &&
                             to_json(m_known[static_cast<std::size_t>(event.number) - 1]) == to_json(event);
        if (written)
            spool.remove(event.number);
        else if (event.number != next_number())
            spool.set_aside(event.number);
        else
            m_spooled.push_back(std::move(event));
    }
    m_spool = place;
}

void RunRecord::flush_spool() {
    if (!spooling()) return;
    NumberedKeys keys = keys_of(m_store, m_scope, m_run_id);
    Spool spool(m_spool);
    while (!m_spooled.empty()) {
        const Event event = m_spooled.front();
        const std::string bytes = document_text(to_json(event));
        // It may be there already: written by an attempt that got no answer, or was killed.
        if (!keys.create(event.number, bytes) && keys.get(event.number) != bytes)
            throw two_programs(m_run_id, event.number);
        m_known.push_back(event);
        m_spooled.erase(m_spooled.begin());
        spool.remove(event.number);
    }
    m_spool.clear();
}

}  // namespace lastgood
