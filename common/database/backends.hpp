#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace lastgood {

class Session;
class Interruption;

/// application_name of everything that works for a run: "lastgood/<8 hex of scope>/<8 hex of run>/<what>", at most 63
/// bytes. Children get it through PGAPPNAME.
std::string work_name(const std::string& scope, const std::string& run, const std::string& what);
/// "lastgood/<8 hex of scope>/": what work_name of any run of the scope begins with.
std::string work_prefix(const std::string& scope);

struct Backend {
    int pid = 0;
    std::string role;
    std::string application;
    std::string database;
    std::string address;
    std::string state;
};

std::vector<Backend> backends_of_database(Session& session, const std::string& database);

/// Ends the backends whose application_name begins with `prefix`, but not those in `keep` nor those whose name ends in
/// "/watchdog", "/lock" or "/fence" (the driver's), and waits until they are gone. Returns how many there were. Failure
/// (6) if one stays longer than `patience` (a statement that cannot be interrupted): its outcome is not known yet.
int end_leftover_backends(Session& session, const std::string& prefix, const std::vector<int>& keep,
                          std::chrono::milliseconds patience, const Interruption& interruption);

/// Ends every backend of `database` except `keep`, one by one (one that we may not end does not save the others), and
/// waits. Returns those still there when `patience` is over.
std::vector<Backend> end_backends(Session& session, const std::string& database, const std::vector<int>& keep,
                                  std::chrono::milliseconds patience);
/// Backends of `database` that this session's role may not terminate: looked at before a fence is put up.
std::vector<Backend> untouchable_backends(Session& session, const std::string& database);

}  // namespace lastgood
