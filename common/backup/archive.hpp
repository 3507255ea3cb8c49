#pragma once

#include "backup/archive_list.hpp"
#include "backup/engine.hpp"
#include "backup/postgres_client.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace lastgood {

/// An archive of pg_dump's (a file or a directory), and pg_restore on it.
class Archive {
  public:
    Archive(const EngineContext& context, std::filesystem::path path)
        : m_context(context), m_client(context), m_path(std::move(path)) {}

    const std::filesystem::path& path() const { return m_path; }
    /// Failure (4) if pg_restore cannot read it.
    std::vector<ArchiveEntry> entries() const;

    using Wanted = std::function<bool(const ArchiveEntry&)>;
    /// Restores the wanted entries of a section ("pre-data", "data", "post-data"; "" is all of them). Failure (4) with
    /// the first errors.
    void restore(const ConnectionUrl& url, int jobs, const std::string& section, const Wanted& wanted) const;

    /// What a copy gets: no subscriptions, no user mappings, and comments on extensions only from a superuser.
    Wanted wanted_in_copies(const ConnectionUrl& url) const;
    bool has_user_mappings() const;
    void restore_user_mappings(const ConnectionUrl& url) const;

  private:
    bool is_superuser(const ConnectionUrl& url) const;

    const EngineContext& m_context;
    PostgresClient m_client;
    std::filesystem::path m_path;
};

}  // namespace lastgood
