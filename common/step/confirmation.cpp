#include "step/confirmation.hpp"

#include "outside/terminal.hpp"
#include "pipeline/pipeline.hpp"

namespace lastgood {

bool is_confirmed(const std::string& given, const std::string& what, const Pipeline& pipeline,
                  const Interruption& interruption) {
    if (!given.empty() || !somebody_is_there()) return given == pipeline.environment;
    const std::string question = what + " in " + pipeline.scope() + ". The environment's name, to go on: ";
    return ask_on_terminal(question, interruption) == pipeline.environment;
}

}  // namespace lastgood
