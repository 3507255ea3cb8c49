#include "core/failure.hpp"

#include <utility>

namespace lastgood {

Failure::Failure(ExitCode code, const std::string& what, std::string changed, std::string next)
    : std::runtime_error(what), m_code(code), m_changed(std::move(changed)), m_next(std::move(next)) {
    if (what.empty() || m_next.empty()) throw std::logic_error("a failure without what or next: " + what);
}

Failure& Failure::with_detail(std::string detail) {
    m_detail = std::move(detail);
    return *this;
}

Failure& Failure::with_detail(const std::vector<std::string>& lines) {
    m_detail.clear();
    for (const auto& line : lines) m_detail += (m_detail.empty() ? "" : "\n") + line;
    return *this;
}

Failure& Failure::with_changed(std::string changed) {
    m_changed = std::move(changed);
    return *this;
}

Failure& Failure::with_code(ExitCode code) {
    m_code = code;
    return *this;
}

Failure& Failure::with_next(std::string next) {
    m_next = std::move(next);
    return *this;
}

Interrupted::Interrupted(int signal) : std::runtime_error("interrupted"), m_signal(signal) {}

}  // namespace lastgood
