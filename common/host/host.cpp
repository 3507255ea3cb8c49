#include "host/host.hpp"

#include "host/hosts.hpp"

namespace lastgood {

std::string Host::mask(std::string_view) const {
    return "";
}

std::string Host::open_section(std::string_view, std::string_view) const {
    return "";
}

std::string Host::close_section(std::string_view) const {
    return "";
}

std::string Host::annotate(const Annotation&) {
    return "";
}

void Host::publish(const RunOutputs&) const {}

void Host::summarise(const std::string&) const {}

std::unique_ptr<Host> make_host(const Environment& environment) {
    for (const auto make : {github_host, gitlab_host})
        if (auto host = make(environment)) return host;
    return terminal_host(environment);
}

}  // namespace lastgood
