#include "platform/waiting.hpp"

#include "outside/console.hpp"
#include "outside/interruption.hpp"

namespace lastgood {

bool Waiting::again(const std::string& what) {
    if (std::chrono::steady_clock::now() >= m_until) return false;
    m_console.progress("waiting for " + what);
    m_interruption.wait(m_poll);
    return true;
}

}  // namespace lastgood
