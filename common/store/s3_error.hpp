#pragma once

#include "outside/clock.hpp"
#include "outside/http.hpp"

#include <optional>
#include <string>

namespace lastgood {

struct S3Address;

/// Why a request was not done.
struct S3Error {
    long status = 0;        ///< 0: there was no answer
    std::string code;       ///< "NoSuchKey"; "" if the answer had none, as one to HEAD
    std::string message;    ///< the service's words, harmless to show, or why there was no answer
    std::string region;     ///< where the bucket is, if the service said so
    std::string date;       ///< of the answer, as the service's clock has it
    bool may_pass = false;  ///< worth another try
};

/// None if the request was done. "200 OK" with an error in its body, as the end of an upload may answer, was not.
std::optional<S3Error> read_s3_error(const HttpAnswer& answer);

/// One line: what was asked, what the service said, and what that means for who must mend it. `asked`: "PUT a/b".
std::string explain(const S3Error& error, const S3Address& address, const std::string& asked);

/// Did the service say that it has no room left for us?
bool says_full(const S3Error& error);

}  // namespace lastgood
