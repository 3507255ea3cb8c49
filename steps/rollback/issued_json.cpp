#include "steps/rollback/issued_json.hpp"

namespace lastgood {

Json to_json(const IssuedNumbers& issued) {
    Json list = Json::array();
    for (const auto& [name, last] : issued)
        if (last) list.push_back({name.first, name.second, *last});
    return list;
}

IssuedNumbers issued_from(const Json& list) {
    IssuedNumbers issued;
    for (const Json& entry : list)
        issued.emplace(std::pair(entry.at(0).get<std::string>(), entry.at(1).get<std::string>()),
                       entry.at(2).get<std::int64_t>());
    return issued;
}

}  // namespace lastgood
