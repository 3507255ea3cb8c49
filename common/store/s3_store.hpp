#pragma once

#include "store/s3_client.hpp"
#include "store/s3_creation.hpp"
#include "store/store.hpp"

namespace lastgood {

/// A store in a bucket of S3 or of a service that speaks like it. A key is an object below the address's prefix; how
/// one of two writers wins: s3_creation.hpp. What a request did is durable when it is answered. The bucket's owner sees
/// to it that nobody else reads it: restore points hold production data.
class S3Store : public Store {
  public:
    /// Nothing is asked before the first call.
    S3Store(S3Address address, const StoreContext& context);

    std::string address() const override;
    std::optional<std::string> get(const std::string& key) const override;
    bool create(const std::string& key, std::string_view bytes) override;
    std::vector<std::string> list(const std::string& prefix) const override;
    std::vector<std::string> list_parts(const std::string& prefix) const override;
    /// Of everything below a prefix what seals it goes first: what is half removed is not taken for whole.
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
    void remove_object(const std::string& key) const;

    S3Client m_client;
    S3Creation m_creation;
};

}  // namespace lastgood
