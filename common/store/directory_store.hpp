#pragma once

#include "store/store.hpp"

namespace lastgood {

/// A store in a directory: a key is a file, made by link(2), so that of two writers one wins. Objects are drafts until
/// they are finished. Directories are 0700 and files 0600: restore points hold production data.
class DirectoryStore : public Store {
  public:
    /// Nothing is made before the first write.
    explicit DirectoryStore(std::filesystem::path root);

    std::string address() const override;
    std::optional<std::string> get(const std::string& key) const override;
    bool create(const std::string& key, std::string_view bytes) override;
    std::vector<std::string> list(const std::string& prefix) const override;
    std::vector<std::string> list_parts(const std::string& prefix) const override;
    void remove(const std::string& key) override;

    std::unique_ptr<ObjectWriter> write(const std::string& key) override;
    std::unique_ptr<ObjectReader> read(const std::string& key) const override;
    void settle(const std::string& prefix) override;
    std::optional<std::filesystem::path> directory(const std::string& prefix) const override;
    std::optional<Time> last_change(const std::string& prefix) const override;
    std::optional<std::uint64_t> free_space() const override;
    std::optional<std::string> why_not_writable() const override;
    int remove_litter() override;

  private:
    std::filesystem::path path_of(const std::string& key) const;
    std::filesystem::path directory_of(const std::string& prefix) const;

    std::filesystem::path m_root;
};

}  // namespace lastgood
