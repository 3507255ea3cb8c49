#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace lastgood {

/// The secrets of this process, in every form in which they could appear in text: plain, URL-encoded, and the password
/// inside a URL or conninfo string by itself. Values shorter than 4 characters are not replaced (they would eat the
/// text).
class Redaction {
  public:
    void add(std::string_view secret);
    /// Calls `listener` with every form that is known, and with each that comes to be known, once.
    void tell_of_each(std::function<void(const std::string&)> listener);
    /// `text` with every known secret replaced by ***.
    std::string clean(std::string_view text) const;

  private:
    mutable std::mutex m_mutex;
    std::vector<std::string> m_forms;
    std::function<void(const std::string&)> m_listener;
};

/// "a b/c" -> "a%20b%2Fc": everything but RFC 3986's unreserved characters, upper-case hex.
std::string percent_encode(std::string_view text);
std::string percent_decode(std::string_view text);

}  // namespace lastgood
