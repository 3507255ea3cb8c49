#pragma once

namespace lastgood {

class ConnectionUrl;
struct EngineContext;

/// Statistics: without them a restored database is slow. Failure (4).
void analyze_restored(const EngineContext& context, const ConnectionUrl& url, int jobs);

/// Frozen and all-visible: a database that is kept to take another one's place answers as fast. Nobody waits for it, as
/// somebody waits for a restore. Failure (4).
void freeze_kept(const EngineContext& context, const ConnectionUrl& url, int jobs);

}  // namespace lastgood
