#include "record/fields.hpp"
#include "record/json_values.hpp"

namespace lastgood {

namespace {

Json table_json(const TableFacts& table) {
    Json columns = Json::array();
    for (const ColumnFacts& column : table.columns)
        columns.push_back({{"name", column.name}, {"number", column.number}, {"type", column.type}});
    return {{"schema", table.schema}, {"name", table.name}, {"oid", table.oid},   {"filenode", table.filenode},
            {"columns", columns},     {"key", table.key},   {"rows", table.rows}, {"digest", table.digest}};
}

TableFacts table_of(const Json& json) {
    const Fields fields(json);
    TableFacts table;
    table.schema = fields.text("schema");
    table.name = fields.text("name");
    table.oid = fields.number<std::uint32_t>("oid", 0);
    table.filenode = fields.number<std::uint32_t>("filenode", 0);
    for (const Json& element : fields.elements("columns")) {
        const Fields column(element);
        table.columns.push_back({column.text("name"), column.number<int>("number"), column.text("type")});
    }
    table.key = fields.texts("key");
    table.rows = fields.number<std::uint64_t>("rows");
    table.digest = fields.text("digest", "");
    return table;
}

Json sequence_json(const SequenceFacts& sequence) {
    Json json{{"schema", sequence.schema}, {"name", sequence.name}, {"increment", sequence.increment}};
    if (sequence.last_value) json["last_value"] = *sequence.last_value;
    return json;
}

SequenceFacts sequence_of(const Json& json) {
    const Fields fields(json);
    SequenceFacts sequence;
    sequence.schema = fields.text("schema");
    sequence.name = fields.text("name");
    if (fields.find("last_value") != nullptr) sequence.last_value = fields.number<std::int64_t>("last_value");
    sequence.increment = fields.number<std::int64_t>("increment", sequence.increment);
    return sequence;
}

}  // namespace

Json to_json(const ContentFacts& value) {
    Json tables = Json::array();
    for (const TableFacts& table : value.tables) tables.push_back(table_json(table));
    Json sequences = Json::array();
    for (const SequenceFacts& sequence : value.sequences) sequences.push_back(sequence_json(sequence));
    return {{"tables", std::move(tables)},
            {"sequences", std::move(sequences)},
            {"large_objects", value.large_objects},
            {"not_compared", value.not_compared}};
}

template <>
ContentFacts value_from_json(const Json& json) {
    const Fields fields(json);
    ContentFacts value;
    for (const Json& table : fields.elements("tables")) value.tables.push_back(table_of(table));
    for (const Json& sequence : fields.elements("sequences")) value.sequences.push_back(sequence_of(sequence));
    value.large_objects = fields.text("large_objects", "");
    value.not_compared = fields.texts("not_compared");
    return value;
}

}  // namespace lastgood
