#pragma once

#include "outside/descriptor.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace lastgood {

/// On the way into isolation, in this order.
enum class IsolationStep { network, identity, loopback, listener, capabilities, filter };

/// What a child does between fork and exec to be isolated (isolation.hpp). Made before fork: enter() allocates nothing.
class ChildIsolation {
  public:
    /// Throws std::system_error if there is no socket to be had.
    explicit ChildIsolation(std::uint16_t port);

    /// In the child: enters a network of its own, listens there, hands the listener over and gives up the ways back.
    /// Async-signal-safe. The step that failed, with errno; none if all succeeded.
    std::optional<IsolationStep> enter() const;
    /// In the parent, once the child has entered. Throws std::system_error.
    Descriptor take_listener() const;

  private:
    std::optional<IsolationStep> enter_network() const;
    bool map_identity() const;
    bool hand_listener_over() const;

    std::uint16_t m_port;
    std::string m_user_map;
    std::string m_group_map;
    Descriptor m_ours;
    Descriptor m_childs;
};

/// "it gets no network of its own".
const char* say_failed(IsolationStep step);

}  // namespace lastgood
