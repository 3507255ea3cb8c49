#pragma once

#include <optional>
#include <string>
#include <vector>

namespace lastgood {

class Session;
struct RaisedFence;

/// The entry of default_transaction_read_only in ALTER DATABASE ... SET; none if there is none.
std::optional<std::string> read_only_setting(Session& session, const std::string& database);
/// Those of the fence's roles that exist and cannot log in.
std::vector<std::string> closed_roles(Session& session, const RaisedFence& fence);
/// Boolean SQL: at least a part of the fence is up.
std::string fence_is_up_sql(const Session& session, const RaisedFence& fence);
/// Pure: the statements that lift it, whatever of it is up.
std::vector<std::string> lifting_statements(const RaisedFence& fence);

}  // namespace lastgood
