#include "backup/data_index.hpp"

#include "core/failure.hpp"
#include "record/document.hpp"
#include "record/point_reader.hpp"
#include "record/point_writer.hpp"

namespace lastgood {

namespace {

constexpr const char* k_name = "data/index.json";

Json to_json(const DataSection& section) {
    return {{"copied", section.copied}, {"offset", section.offset},           {"bytes", section.bytes},
            {"rows", section.rows},     {"fresh_table", section.fresh_table}, {"first", section.first}};
}

DataSection section_from(const Json& json) {
    return {json.at("copied"), json.at("offset"),      json.at("bytes"),
            json.at("rows"),   json.at("fresh_table"), json.at("first")};
}

}  // namespace

std::string data_object(const std::string& name) {
    return "data/" + name;
}

void write_index(PointWriter& objects, const DataIndex& index) {
    Json files = Json::array();
    for (const DataFile& file : index.files) {
        Json sections = Json::array();
        for (const DataSection& section : file.sections) sections.push_back(to_json(section));
        files.push_back({{"name", file.name}, {"bytes", file.bytes}, {"sections", std::move(sections)}});
    }
    objects.put(k_name, document_text({{"encoding", index.encoding}, {"files", std::move(files)}}));
}

DataIndex read_index(const PointReader& objects) {
    const std::string text = objects.get(k_name);
    try {
        const Json json = parse_document(text, k_name);
        DataIndex index;
        index.encoding = json.at("encoding");
        for (const Json& entry : json.at("files")) {
            DataFile file{entry.at("name"), entry.at("bytes"), {}};
            for (const Json& section : entry.at("sections")) file.sections.push_back(section_from(section));
            index.files.push_back(std::move(file));
        }
        return index;
    } catch (const std::exception& error) {
        throw Failure(ExitCode::failed_clean, "the restore point's index cannot be read: " + std::string(k_name),
                      "nothing", "lastgood backup-capture       takes a new restore point")
            .with_detail(error.what());
    }
}

}  // namespace lastgood
