#include "backup/postgres_client.hpp"

#include "outside/console.hpp"

#include <algorithm>

namespace lastgood {

namespace {

/// "pg_restore: from TOC entry 3301; ..." comes with the error that it belongs to.
bool begins_error(std::string_view line) {
    return line.find(" error: ") != std::string_view::npos || line.find("FATAL:") != std::string_view::npos ||
           line.starts_with("ERROR:");
}

/// Progress has the program's name in front and none of the words of a message.
bool is_progress(std::string_view line) {
    if (!line.starts_with("pg_dump: ") && !line.starts_with("pg_restore: ")) return false;
    return line.find(" detail: ") == std::string_view::npos && line.find(" hint: ") == std::string_view::npos &&
           line.find("TOC entry") == std::string_view::npos && line.find("warning: ") == std::string_view::npos;
}

/// The lines that tell how far it is; the others are pg_dump's own housekeeping.
bool tells_how_far(std::string_view line) {
    return line.find("dumping contents of table") != std::string_view::npos ||
           line.find("processing data for table") != std::string_view::npos ||
           line.find("creating INDEX") != std::string_view::npos;
}

}  // namespace

PostgresClient::Outcome PostgresClient::run(const std::vector<std::string>& argv, const ConnectionUrl* url,
                                            const std::string& input) const {
    Outcome outcome;
    Command command;
    command.argv = argv;
    if (url != nullptr) command.environment = url->environment();
    command.environment["PGAPPNAME"] = m_context.application_name;
    command.environment["LC_ALL"] = "C";  // the words of its errors are looked at
    command.input = input;
    command.leftover_mark = m_context.leftover_mark;
    command.judged = true;
    command.on_line = [&](OutputStream stream, std::string_view line) {
        if (stream == OutputStream::out || line.empty()) return;
        if (begins_error(line) || (!outcome.errors.empty() && !is_progress(line))) {
            outcome.errors.emplace_back(line);
        } else if (is_progress(line) && tells_how_far(line)) {
            m_context.console.progress(line);
        }
    };
    outcome.result = m_context.processes.run(command);
    if (!outcome.result.ok() && outcome.errors.empty()) outcome.errors = {outcome.result.tail()};
    return outcome;
}

std::string database_argument(const ConnectionUrl& url) {
    std::string quoted = "dbname='";
    for (const char c : url.database()) {
        if (c == '\'' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return quoted + "'";
}

std::string first_lines(const std::vector<std::string>& lines, std::size_t limit) {
    std::string text;
    for (std::size_t i = 0; i < std::min(limit, lines.size()); ++i) text += (i == 0 ? "" : "\n") + lines[i];
    return text;
}

}  // namespace lastgood
