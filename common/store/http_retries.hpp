#pragma once

#include "outside/http.hpp"

#include <functional>

namespace lastgood {

class Interruption;

/// Sends what `next_try` makes, again and again while the answer (or its absence) is worth another try and backoff()
/// has patience; the last answer. A signal ends the waiting (Interrupted), and so does the request's stop token.
HttpAnswer send_with_retries(const HttpClient& http, const Interruption& interruption,
                             const std::function<HttpRequest()>& next_try);

}  // namespace lastgood
