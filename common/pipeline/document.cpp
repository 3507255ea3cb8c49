#include "pipeline/document.hpp"

#include "pipeline/complaint.hpp"

#include <sstream>

#include <yaml-cpp/eventhandler.h>

namespace lastgood {
namespace {

constexpr std::string_view k_known_format = "1";
const char* const k_begin =
    "begin the file with \"format: 1\"; the keys are those of pipelines/schema/pipeline.schema.json";

Place place_of_mark(const YAML::Mark& mark, const std::string& file) {
    if (mark.is_null()) return {file, 1, 1};
    return {file, mark.line + 1, mark.column + 1};  // yaml-cpp counts from 0
}

/// Where the document begins that a parser reads; what is in it is passed over.
class DocumentBegin : public YAML::EventHandler {
  public:
    const YAML::Mark& mark() const { return m_mark; }

    void OnDocumentStart(const YAML::Mark& mark) override { m_mark = mark; }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
    void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
    void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
    void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
    void OnSequenceEnd() override {}
    void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
    void OnMapEnd() override {}

  private:
    YAML::Mark m_mark;
};

/// Not by YAML::LoadAll: yaml-cpp 0.7 never comes back from a document that begins with a comma.
void require_one_document(const std::string& yaml, const std::string& file) {
    std::istringstream stream(yaml);
    YAML::Parser parser(stream);
    DocumentBegin document;
    if (!parser.HandleNextDocument(document) || !parser.HandleNextDocument(document)) return;
    throw complaint(place_of_mark(document.mark(), file), "something stands here behind the end of the pipeline",
                    "keep one YAML document per file: no second \"---\", no bracket or comma too many");
}

YAML::Node load_document(const std::string& yaml, const std::string& file) {
    try {
        require_one_document(yaml, file);
        return YAML::Load(yaml);
    } catch (const YAML::Exception& error) {
        throw complaint(place_of_mark(error.mark, file), "not YAML: " + error.msg,
                        "correct the YAML there (indentation, quotes, a missing colon or bracket)");
    }
}

void require_known_format(const YAML::Node& root, const std::string& file) {
    for (const auto& pair : root) {
        if (!pair.first.IsScalar() || pair.first.Scalar() != "format" || !pair.second.IsScalar()) continue;
        const std::string format = pair.second.Scalar();
        if (format == k_known_format || format.find("${") != format.npos) continue;
        throw complaint(place_of(pair.second, file),
                        "format " + in_quotes(format) + " is not known to this version, only format 1",
                        "write format: 1, or install the version of lastgood that this file was written for");
    }
}

}  // namespace

Place place_of(const YAML::Node& node, const std::string& file) {
    return place_of_mark(node.Mark(), file);
}

Place place_of(const YAML::Node& node, const Place& otherwise) {
    return node.IsNull() || node.Mark().is_null() ? otherwise : place_of(node, otherwise.file);
}

std::string say_node(const YAML::Node& node) {
    if (node.IsMap()) return "a map";
    if (node.IsSequence()) return "a list";
    if (node.IsNull()) return "nothing";
    return in_quotes(node.Scalar());
}

YAML::Node read_document(const std::string& yaml, const std::string& file) {
    const YAML::Node root = load_document(yaml, file);
    if (root.IsNull()) throw complaint({file, 1, 1}, "the pipeline is empty", k_begin);
    if (!root.IsMap()) throw complaint(place_of(root, file), "the pipeline wants a map", k_begin);
    require_known_format(root, file);
    return root;
}

}  // namespace lastgood
