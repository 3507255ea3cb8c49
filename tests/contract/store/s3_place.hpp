#pragma once

#include "outside/environment.hpp"
#include "outside/interruption.hpp"
#include "outside/redaction.hpp"
#include "store/s3_client.hpp"
#include "store_place.hpp"

#include <map>
#include <string>

namespace lastgood {

/// A prefix of its own in a bucket of the test program's radosgw.
class S3Place : public StorePlace {
  public:
    S3Place();
    /// The same service, behind something that listens at `endpoint`.
    explicit S3Place(const std::string& endpoint);
    /// Another service, or other credentials; the bucket is taken to be there.
    S3Place(const std::string& endpoint, std::map<std::string, std::string> variables);

    std::unique_ptr<Store> open() override;
    std::unique_ptr<S3Client> client();
    std::string address() const;
    std::string path() const { return "/" + m_prefix; }  ///< of its keys, in the bucket
    StoreContext context() { return {environment, redaction, interruption}; }

    Environment environment;
    Redaction redaction;
    Interruption interruption;

  private:
    std::string m_endpoint;
    std::string m_prefix;
};

}  // namespace lastgood
