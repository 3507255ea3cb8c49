#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lastgood {

class Store;

/// "shop/production/": the keys of one environment begin with it. Two parts whatever the names hold, so that no
/// environment can reach into another's.
std::string scope_prefix(const std::string& scope);
/// "000007.json"
std::string numbered_name(int number);

/// Documents that are numbered from 1 and written once: <prefix>000007.json. Of two programs that write one number, one
/// wins.
class NumberedKeys {
  public:
    NumberedKeys(Store& store, std::string prefix);
    std::string key(int number) const;
    /// The key behind the store's address: what messages call it.
    std::string place(int number) const;
    /// Ascending. What has no such name is somebody else's and is left alone.
    std::vector<int> numbers() const;
    int newest() const;  ///< 0 without any
    std::optional<std::string> get(int number) const;
    bool create(int number, std::string_view bytes);

  private:
    Store& m_store;
    std::string m_prefix;
};

/// 7 of "000007.json", 0 of anything else.
int number_of(std::string_view name);

}  // namespace lastgood
