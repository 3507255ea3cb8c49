#include "pipeline/document.hpp"

#include "pipeline/complaint.hpp"

#include <vector>

namespace lastgood {
namespace {

constexpr std::string_view k_known_format = "1";
const char* const k_begin =
    "begin the file with \"format: 1\"; the keys are those of pipelines/schema/pipeline.schema.json";

Place place_of_mark(const YAML::Mark& mark, const std::string& file) {
    if (mark.is_null()) return {file, 1, 1};
    return {file, mark.line + 1, mark.column + 1};  // yaml-cpp counts from 0
}

std::vector<YAML::Node> load_documents(const std::string& yaml, const std::string& file) {
    try {
        return YAML::LoadAll(yaml);
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
    const std::vector<YAML::Node> documents = load_documents(yaml, file);
    if (documents.empty() || documents.front().IsNull())
        throw complaint({file, 1, 1}, "the pipeline is empty", k_begin);
    if (documents.size() > 1) {
        throw complaint(place_of(documents[1], file), "a second YAML document begins here",
                        "keep one pipeline per file and remove the line \"---\" before it");
    }
    const YAML::Node& root = documents.front();
    if (!root.IsMap()) throw complaint(place_of(root, file), "the pipeline wants a map", k_begin);
    require_known_format(root, file);
    return root;
}

}  // namespace lastgood
