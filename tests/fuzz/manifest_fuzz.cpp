// Whatever stands in a store in a manifest's place: it is read, or refused by a Failure; what was read is written and
// read again as the same.
#include "core/failure.hpp"
#include "record/document.hpp"
#include "record/json_values.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace lastgood;
    const auto read = [](const std::string& bytes) {
        return read_document(bytes, "fuzzed", [](const Json& json) { return value_from_json<Manifest>(json); });
    };
    try {
        const std::string written = document_text(to_json(read(std::string(data, data + size))));
        if (document_text(to_json(read(written))) != written) std::abort();
    } catch (const Failure&) {
    }
    return 0;
}
