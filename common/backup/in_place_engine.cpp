#include "backup/in_place_engine.hpp"

#include "backup/heroku_engine.hpp"
#include "core/failure.hpp"

namespace lastgood {

namespace {

constexpr const char* k_heroku = "heroku";

}  // namespace

bool is_in_place_engine(const std::string& name) {
    return name == k_heroku;
}

std::unique_ptr<InPlaceEngine> make_in_place_engine(const std::string& name, const EngineContext& context) {
    if (is_in_place_engine(name) && context.heroku) return make_heroku_engine(context);
    throw Failure(ExitCode::usage,
                  "the restore point is one of engine " + name + ", whose platform the pipeline does not name",
                  "nothing", "write platform: heroku and heroku: { app: NAME }");
}

}  // namespace lastgood
