#include "outside/files.hpp"
#include "pipeline/keys.hpp"
#include "pipeline_text.hpp"

#include <filesystem>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace lastgood::test {
namespace {

using Json = nlohmann::json;

std::filesystem::path schema_path() {
    return std::filesystem::path(LASTGOOD_SOURCE) / "pipelines/schema/pipeline.schema.json";
}

/// Calls `look` with every object schema of `schema`.
template <typename Look>
void for_each_object(const Json& schema, const Look& look) {
    if (schema.is_object() && (schema.contains("properties") || schema.contains("patternProperties"))) {
        if (schema.contains("type")) look(schema);
    }
    if (!schema.is_structured()) return;
    for (const Json& part : schema) for_each_object(part, look);
}

/// With LASTGOOD_ACCEPT=1 this is the program that writes the file.
TEST(Schema, IsTheFileThatEditorsRead) {
    if (Environment::of_process().get("LASTGOOD_ACCEPT") == "1") {
        replace_file(schema_path(), pipeline_schema());
        GTEST_SKIP() << "wrote " << schema_path();
    }
    EXPECT_EQ(read_file(schema_path()), pipeline_schema()) << "LASTGOOD_ACCEPT=1 writes it anew";
}

TEST(Schema, AllowsNoUnknownKeyAnywhere) {
    const Json schema = Json::parse(pipeline_schema());
    int objects = 0;
    for_each_object(schema, [&](const Json& object) {
        ++objects;
        EXPECT_EQ(object.value("additionalProperties", Json()), Json(false)) << object.dump(2);
    });
    EXPECT_GE(objects, 15);
}

TEST(Schema, NamesItsDraftAndDefinitions) {
    const Json schema = Json::parse(pipeline_schema());
    EXPECT_EQ(schema.at("$schema"), "http://json-schema.org/draft-07/schema#");
    EXPECT_TRUE(schema.at("definitions").contains("reference"));
    EXPECT_EQ(schema.at("properties").at("format").at("anyOf").at(0).at("maximum"), 1);
}

TEST(Schema, KeepsTheDefaultsWithTheirTypes) {
    const Json properties = Json::parse(pipeline_schema()).at("properties");
    EXPECT_EQ(properties.at("writes").at("default"), "open");
    const Json steps = properties.at("steps").at("items").at("anyOf").at(1).at("properties");
    EXPECT_EQ(steps.at("backup-capture").at("properties").at("jobs").at("default"), 2);
    EXPECT_EQ(steps.at("migrate").at("properties").at("remove_invalid_indexes").at("default"), false);
    EXPECT_EQ(steps.at("migrate").at("properties").at("retry_for").at("default"), "2m");
    EXPECT_EQ(steps.at("migrate").at("required"), Json({"framework"}));
}

void expect_sound(const Section& section) {
    for (const Key& key : section.keys) {
        EXPECT_FALSE(key.help.empty()) << section.name << "." << key.name;
        EXPECT_FALSE(wanted(key).empty());
        EXPECT_NE(example(key), "...") << section.name << "." << key.name << " needs an example";
        EXPECT_FALSE(key.required && !key.fallback.empty()) << section.name << "." << key.name;
        if (key.section) expect_sound(key.section());
        for (const SectionOf entry : key.entries) expect_sound(entry());
    }
}

TEST(Keys, HaveHelpAndAnExampleEach) {
    expect_sound(pipeline_section());
}

}  // namespace
}  // namespace lastgood::test
