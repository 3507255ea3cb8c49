#include "core/failure.hpp"
#include "record/document.hpp"
#include "record/run_state.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace lastgood;

/// A history: one event per line, numbered as if its keys were, so that the fold is reached.
void fold_lines(std::string_view bytes) {
    std::vector<Event> events;
    while (!bytes.empty()) {
        const auto line = bytes.substr(0, bytes.find('\n'));
        bytes.remove_prefix(line.size() + (line.size() < bytes.size() ? 1 : 0));
        try {
            events.push_back(event_from_json(std::string(line), "fuzzed"));
            events.back().number = static_cast<int>(events.size());
        } catch (const Failure&) {
            // A line that is no event is refused; the others go on.
        }
    }
    fold("fuzzed", events);
}

}  // namespace

/// Whatever stands in a store, reading it ends in a value or in a Failure.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    try {
        fold_lines(bytes);
    } catch (const Failure&) {
    }
    return 0;
}
