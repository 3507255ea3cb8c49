#include "backup/archive.hpp"

#include "backup/restore_errors.hpp"
#include "core/failure.hpp"
#include "outside/files.hpp"

#include <algorithm>

namespace lastgood {

std::vector<ArchiveEntry> Archive::entries() const {
    const auto outcome = m_client.run({m_context.programs.pg_restore(), "--list", m_path}, nullptr);
    if (outcome.result.ok()) return parse_archive_list(outcome.result.out);
    throw Failure(ExitCode::failed_clean, "pg_restore cannot read the archive at " + m_path.string(), "nothing",
                  "lastgood backup-capture       takes a new restore point")
        .with_detail(first_lines(outcome.errors));
}

void Archive::restore(const ConnectionUrl& url, int jobs, const std::string& section, const Wanted& wanted) const {
    std::string list;
    for (const auto& entry : entries()) {
        if (wanted(entry)) list += entry.line + "\n";
    }
    if (list.empty()) return;
    const TemporaryDirectory directory("lastgood-restore");
    const auto list_file = directory.path() / "list";
    replace_file(list_file, list);
    std::vector<std::string> argv{m_context.programs.pg_restore(),
                                  "--jobs=" + std::to_string(jobs),
                                  "--exit-on-error",
                                  "--verbose",
                                  "--use-list=" + list_file.string(),
                                  "--dbname=" + database_argument(url),
                                  m_path};
    if (!section.empty()) argv.push_back("--section=" + section);
    const auto outcome = m_client.run(argv, &url);
    if (!outcome.result.ok()) {
        throw restore_failure("pg_restore", outcome.errors, url.part("user"), outcome.result.say_end());
    }
}

bool Archive::is_superuser(const ConnectionUrl& url) const {
    const auto outcome = m_client.run({m_context.programs.psql(), "--no-psqlrc", "--tuples-only", "--no-align",
                                       "--dbname=" + database_argument(url), "--command=show is_superuser"},
                                      &url);
    if (!outcome.result.ok()) {
        throw restore_failure("psql", outcome.errors, url.part("user"), outcome.result.say_end());
    }
    return outcome.result.out.starts_with("on");
}

Archive::Wanted Archive::wanted_in_copies(const ConnectionUrl& url) const {
    const bool superuser = is_superuser(url);
    return [superuser](const ArchiveEntry& entry) {
        return !stays_out_of_copies(entry) && (superuser || !is_extension_comment(entry));
    };
}

bool Archive::has_user_mappings() const {
    const auto all = entries();
    return std::any_of(all.begin(), all.end(), is_user_mapping);
}

void Archive::restore_user_mappings(const ConnectionUrl& url) const {
    restore(url, 1, "", is_user_mapping);
}

}  // namespace lastgood
