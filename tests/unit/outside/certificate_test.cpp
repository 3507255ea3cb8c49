#include "outside/certificate.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

namespace lastgood {
namespace {

/// openssl req -x509 -newkey ed25519 -nodes -subj /CN=a -days 3650
constexpr const char* k_certificate = R"(-----BEGIN CERTIFICATE-----
MIIBLDCB36ADAgECAhQuGe2XwMasWoOEAgNwKLuJoRNyGDAFBgMrZXAwDDEKMAgG
A1UEAwwBYTAeFw0yNjExMjYxMzQzMzRaFw0zNjExMjMxMzQzMzRaMAwxCjAIBgNV
BAMMAWEwKjAFBgMrZXADIQCNiz0vMDf2V+2zAtsW7F6pCw0cXGNmapAEs2hoK3QO
Z6NTMFEwHQYDVR0OBBYEFOwYFu2JnhrnkGWf7b+pze9TB9WDMB8GA1UdIwQYMBaA
FOwYFu2JnhrnkGWf7b+pze9TB9WDMA8GA1UdEwEB/wQFMAMBAf8wBQYDK2VwA0EA
YUoGqEFS493ny4NbfG40sYGRj0lCrbe/l/464rM9191o1g27FpoT3+wr3qiZDdaa
El/D34dDlitCMZzvRormAw==
-----END CERTIFICATE-----
)";

TEST(Certificates, SayWhenTheyEnd) {
    EXPECT_EQ(say_time(end_of_certificate(k_certificate)), "2036-11-23T13:43:34.000Z");
}

TEST(Certificates, ThatAreNoneAreRefused) {
    for (const char* text : {"", "text", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"})
        EXPECT_THROW(end_of_certificate(text), std::invalid_argument) << text;
}

}  // namespace
}  // namespace lastgood
