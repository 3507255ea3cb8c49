#include "step/before_json.hpp"

namespace lastgood {

Json to_json(const Before& before) {
    Json rows = Json::array();
    for (const auto& row : before.rows)
        rows.push_back({{"table", row.table},
                        {"oid", row.oid},
                        {"rows", row.rows},
                        {"newer", row.newer},
                        {"perhaps_newer", row.perhaps_newer}});
    return {{"rows", rows}};
}

Before before_of(const Json& json) {
    Before before;
    for (const auto& row : json.value("rows", Json::array()))
        before.rows.push_back({row.value("table", ""), row.value("oid", 0U), row.value("rows", std::uint64_t{0}),
                               row.value("newer", std::uint64_t{0}), row.value("perhaps_newer", std::uint64_t{0})});
    return before;
}

}  // namespace lastgood
