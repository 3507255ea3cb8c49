#include "backup/restore_errors.hpp"

#include "backup/postgres_client.hpp"

#include <regex>

namespace lastgood {

namespace {

bool says(const std::vector<std::string>& errors, const std::string& words) {
    for (const auto& line : errors) {
        if (line.find(words) != std::string::npos) return true;
    }
    return false;
}

/// The first quoted name behind any of the words; "" if none says them.
std::string name_behind(const std::vector<std::string>& errors, const std::string& words) {
    const std::regex pattern(words + " \"([^\"]+)\"");
    std::smatch match;
    for (const auto& line : errors) {
        if (std::regex_search(line, match, pattern)) return match[1];
    }
    return "";
}

/// "pg_dump: error: query failed: ERROR:  permission denied ..." -> from the last of the three words on.
std::string first_reason(const std::vector<std::string>& errors, const std::string& end) {
    if (errors.empty()) return end;
    std::string line = errors.front().substr(0, errors.front().find('\n'));
    for (const std::string word : {" error: ", "ERROR:  ", "FATAL:  "}) {
        const auto at = line.rfind(word);
        if (at != std::string::npos) line = line.substr(at + word.size());
    }
    return line;
}

std::string next_of_restore(const std::vector<std::string>& errors, const std::string& role) {
    const auto owner = name_behind(errors, "(?:must be member of role|must be able to SET ROLE)");
    if (!owner.empty())
        return "grant \"" + owner + "\" to \"" + role + "\", so that it can give objects their owner back";
    const auto missing = name_behind(errors, "role");
    if (!missing.empty() && says(errors, "does not exist"))
        return "create role \"" + missing + "\" on the server that is restored on";
    const auto extension = name_behind(errors, "permission denied to create extension");
    if (!extension.empty()) {
        return "let a superuser mark extension \"" + extension +
               "\" as trusted, or give a role that may create it in the URL";
    }
    if (says(errors, "No space left on device"))
        return "free space on the database server, or set prove.url to another server";
    return "correct what the first error says, then repeat the step";
}

}  // namespace

Failure restore_failure(const std::string& program, const std::vector<std::string>& errors, const std::string& role,
                        const std::string& end) {
    return Failure(ExitCode::failed_clean, program + " failed: " + first_reason(errors, end),
                   "nothing in the original database", next_of_restore(errors, role))
        .with_detail(first_lines(errors));
}

Failure disk_full(const std::string& what) {
    return {ExitCode::failed_clean, "the disk is full: " + what, "nothing",
            "free space there or point store: to a larger disk, then: lastgood backup-capture"};
}

Failure dump_failure(const std::vector<std::string>& errors, const std::string& target, const std::string& end) {
    if (says(errors, "No space left on device") || says(errors, "Disk quota exceeded")) {
        return disk_full("pg_dump could not write to " + target).with_detail(first_lines(errors));
    }
    std::string next = "correct what pg_dump says, then: lastgood backup-capture";
    if (says(errors, "lock timeout"))
        next = "end what holds the table's lock (a migration, a lock table), then: lastgood backup-capture";
    if (says(errors, "row-level security")) next = "give the role of database.url BYPASSRLS: a dump must see every row";
    return Failure(ExitCode::failed_clean, "pg_dump failed: " + first_reason(errors, end), "nothing", next)
        .with_detail(first_lines(errors));
}

}  // namespace lastgood
