// schema: the keys of a pipeline, as an editor reads them.
#include "pipeline/pipeline.hpp"
#include "steps/lastgood/commands.hpp"

namespace lastgood {

int print_schema(World& world) {
    const std::string schema = pipeline_schema();
    world.console.answer(schema.substr(0, schema.size() - 1));
    return 0;
}

}  // namespace lastgood
