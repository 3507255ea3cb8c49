#pragma once

namespace lastgood {

class ConnectionUrl;
struct EngineContext;

/// Frozen and all-visible, with statistics: a restored database answers as fast as the one it replaces. Failure (4).
void vacuum_restored(const EngineContext& context, const ConnectionUrl& url, int jobs);

}  // namespace lastgood
