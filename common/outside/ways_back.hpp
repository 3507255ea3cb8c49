#pragma once

namespace lastgood {

/// What leads out of a network namespace of one's own, taken from the calling process and all that it will start.

/// Before fork: forbid_ways_back() then allocates nothing.
void prepare_to_forbid_ways_back();

/// Where it has any: the capabilities to join other namespaces and to reach into other processes, devices and the
/// kernel. Async-signal-safe; false with errno.
bool give_up_capabilities();

/// Sets no_new_privs and a filter of system calls. ENOSYS on an architecture whose calls are not known here.
/// Async-signal-safe; false with errno.
bool forbid_ways_back();

}  // namespace lastgood
