#pragma once

#include "core/facts.hpp"
#include "core/failure.hpp"

#include <filesystem>
#include <string>
#include <string_view>

#include <git2.h>

namespace lastgood {

/// Owns one object of libgit2. libgit2 hands objects out through a pointer to a pointer: receive() is that.
template <typename Object, void (*release)(Object*)>
class Handle {
  public:
    Handle() = default;
    Handle(Handle&& other) noexcept : m_object(other.m_object) { other.m_object = nullptr; }
    Handle& operator=(Handle&& other) noexcept {
        std::swap(m_object, other.m_object);
        return *this;
    }
    ~Handle() { release(m_object); }

    Object* get() const { return m_object; }
    Object** receive() {
        release(m_object);
        m_object = nullptr;
        return &m_object;
    }

  private:
    Object* m_object = nullptr;
};

using RepositoryHandle = Handle<git_repository, git_repository_free>;
using ObjectHandle = Handle<git_object, git_object_free>;
using CommitHandle = Handle<git_commit, git_commit_free>;
using TreeHandle = Handle<git_tree, git_tree_free>;
using TreeEntryHandle = Handle<git_tree_entry, git_tree_entry_free>;
using BlobHandle = Handle<git_blob, git_blob_free>;
using ReferenceHandle = Handle<git_reference, git_reference_free>;
using RemoteHandle = Handle<git_remote, git_remote_free>;
using SignatureHandle = Handle<git_signature, git_signature_free>;
using StatusHandle = Handle<git_status_list, git_status_list_free>;

/// Starts libgit2, once per process. Everything that makes a first object calls it.
void start_libgit2();

/// What libgit2 said about its last error in this thread, in one line.
std::string last_words();
/// `text` in one line, trimmed, without control characters: words of a server or a hook, to be put into a message.
std::string one_line(std::string_view text);

/// Failure (3), nothing changed: "<what>: <libgit2's words>".
[[nodiscard]] Failure refused_by_libgit2(const std::string& what, const std::string& next);
/// Throws that if `result` of a libgit2 function is an error.
void require(int result, const std::string& what, const std::string& next);

std::string hex(const git_oid& id);
/// Failure (3) if `text` is not 40 hex digits.
git_oid id_of(const std::string& text);
Revision revision_of(const git_commit* commit);

/// Opens the repository that contains `directory`. Failure (3) if there is none.
RepositoryHandle open_handle(const std::filesystem::path& directory);

}  // namespace lastgood
