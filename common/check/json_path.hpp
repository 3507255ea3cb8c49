#pragma once

#include <memory>
#include <optional>
#include <string>

namespace lastgood {

/// A JSON document.
class JsonAnswer {
  public:
    /// Throws std::invalid_argument on text that is no JSON.
    explicit JsonAnswer(const std::string& text);
    ~JsonAnswer();
    JsonAnswer(const JsonAnswer&) = delete;
    JsonAnswer& operator=(const JsonAnswer&) = delete;

    /// What stands at a path such as "items[0].name": a string as it is, anything else as JSON ("3", "true", "null");
    /// none where there is nothing.
    std::optional<std::string> at(const std::string& path) const;

  private:
    struct Document;
    std::unique_ptr<Document> m_document;
};

}  // namespace lastgood
