#include "platform/platform.hpp"

#include "pipeline/pipeline.hpp"
#include "platform/elastic_beanstalk_platform.hpp"
#include "platform/heroku_platform.hpp"

#include <stdexcept>

namespace lastgood {

DatabaseAddress Platform::database_address() {
    throw std::logic_error("platform " + name() + " repoints nothing");
}

void Platform::prepare_repoint(const std::string&, const Repository&, const Revision&) {
    throw std::logic_error("platform " + name() + " repoints nothing");
}

void Platform::repoint(const DatabaseAddress&, const std::string&, const Repository&, const Revision&) {
    throw std::logic_error("platform " + name() + " repoints nothing");
}

const std::vector<PlatformRow>& platforms() {
    static const std::vector<PlatformRow> rows{{"heroku", make_heroku_platform},
                                               {"elastic_beanstalk", make_elastic_beanstalk_platform}};
    return rows;
}

std::unique_ptr<Platform> make_platform(const PlatformContext& context) {
    for (const auto& row : platforms())
        if (row.name == context.pipeline.platform) return row.make(context);
    return nullptr;
}

}  // namespace lastgood
