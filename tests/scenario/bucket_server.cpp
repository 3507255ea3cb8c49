// A throwaway S3 service for scenarios: says as JSON where it is, and ends when its standard input does.
#include "support/radosgw.hpp"
#include "support/trouble_proxy.hpp"

#include <cstdio>
#include <unistd.h>

int main() {
    using namespace lastgood::test;
    constexpr unsigned k_seed = 20261122;
    const Radosgw gateway;
    gateway.make_bucket("shop");
    TroubleProxy proxy(gateway.port(), k_seed);
    proxy.set(TroubleProxy::Mode::random);
    std::printf(R"({"endpoint": "%s", "troubled": "%s", "key_id": "%s", "key": "%s"})"
                "\n",
                gateway.endpoint().c_str(), proxy.endpoint().c_str(), gateway.key_id().c_str(), gateway.key().c_str());
    std::fflush(stdout);
    char ignored = 0;
    while (::read(STDIN_FILENO, &ignored, 1) > 0) {
    }
    std::fprintf(stderr, "%d connections met trouble\n", proxy.troubles());
}
