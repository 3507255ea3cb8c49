// Whatever stands in a pipeline file: it is read, or refused with exit code 2 and a next command.
// Run with -detect_leaks=0: yaml-cpp never frees a node that holds an alias of itself.
#include "core/failure.hpp"
#include "outside/environment.hpp"
#include "outside/redaction.hpp"
#include "pipeline/from_text.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace lastgood;
    const Environment environment(
        std::map<std::string, std::string>{{"DATABASE_URL", "postgres://a:b@c/d"}, {"A", "1"}});
    Redaction redaction;
    try {
        read_pipeline_text(std::string(data, data + size), "lastgood.yaml", environment, redaction);
    } catch (const Failure& failure) {
        const bool sound = failure.code() == ExitCode::usage && !failure.next().empty() &&
                           failure.what_happened().find('\n') == std::string::npos;
        if (!sound) std::abort();
    }
    return 0;
}
