#include "record/json_values.hpp"

#include "record_place.hpp"
#include "sample_manifest.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace lastgood {

namespace {

/// Over text, as they go through a store.
template <typename Value>
Value back(const Value& value) {
    return value_from_json<Value>(Json::parse(to_json(value).dump()));
}

/// Each way to spoil one field, at every depth.
void spoil_each(const Json& json, const std::function<void(const Json&)>& use,
                const std::function<Json(const Json&)>& around) {
    for (const Json& rubbish :
         {Json(nullptr), Json(-1), Json(1.5), Json("text"), Json::array({7}), Json{{"a", Json::array()}}, Json(true)})
        use(around(rubbish));
    if (!json.is_structured()) return;
    for (const auto& item : json.items()) {
        const auto within = [&](const Json& spoiled) {
            Json copy = json;
            copy.is_object() ? copy[item.key()] = spoiled : copy[std::stoul(item.key())] = spoiled;
            return around(copy);
        };
        spoil_each(item.value(), use, within);
    }
}

template <typename Value>
void expect_failures_only(const Value& value) {
    int refused = 0;
    spoil_each(
        to_json(value),
        [&refused](const Json& spoiled) {
            try {
                value_from_json<Value>(spoiled);
            } catch (const Failure& failure) {
                EXPECT_EQ(failure.code(), ExitCode::failed_clean);
                ++refused;
            }
        },
        [](const Json& json) { return json; });
    EXPECT_GT(refused, 6);
}

LossReport sample_losses() {
    return {{{"public.order", std::numeric_limits<std::uint64_t>::max(), 3, true, "dropped by the migration"},
             {"public.empty", 0, 0, false, ""}}};
}

const Proof k_proof{"restore", "abc", "2026-11-22T15:00:00Z", "beside", "shop__lg_1",
                    41'000,    12,    18446744073709551615U};

}  // namespace

TEST(JsonValues, BringAManifestBackWhole) {
    Manifest manifest = test::sample_manifest("rp-1");
    manifest.objects = {{"dump/toc.dat", std::numeric_limits<std::uint64_t>::max(), "ab"}, {"schema.sql", 0, "cd"}};
    const Manifest read = back(manifest);
    EXPECT_EQ(to_json(read), to_json(manifest));
    EXPECT_EQ(read.id, manifest.id);
    EXPECT_EQ(read.attempt, 2);
    EXPECT_EQ(read.taken_at, manifest.taken_at);
    EXPECT_EQ(read.database, manifest.database);
    EXPECT_EQ(read.snapshot, manifest.snapshot);
    EXPECT_EQ(read.schema, manifest.schema);
    EXPECT_EQ(read.pinned, manifest.pinned);
    EXPECT_EQ(read.fits, 7);
    EXPECT_EQ(read.fits_revision, manifest.fits_revision);
    EXPECT_EQ(read.properties, manifest.properties);
    EXPECT_EQ(read.contents.tables[0].rows, std::numeric_limits<std::uint64_t>::max());
    EXPECT_EQ(read.contents.tables[0].columns, manifest.contents.tables[0].columns);
    EXPECT_EQ(read.contents.tables[0].key, std::vector<std::string>{"id"});
    EXPECT_EQ(read.contents.tables[0].digest, manifest.contents.tables[0].digest);
    EXPECT_EQ(read.contents.sequences[0].last_value, std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(read.contents.sequences[1].last_value, std::nullopt);
    EXPECT_EQ(read.contents.not_compared, manifest.contents.not_compared);
    EXPECT_EQ(read.subscriptions, manifest.subscriptions);
    EXPECT_EQ(read.objects[0].size, std::numeric_limits<std::uint64_t>::max());
}

TEST(JsonValues, KeepAnEmptyCommentApartFromNone) {
    DatabaseProperties properties;
    EXPECT_EQ(back(properties).comment, std::nullopt);
    properties.comment = "";
    EXPECT_EQ(back(properties).comment, "");
    EXPECT_EQ(back(properties), properties);
}

TEST(JsonValues, KeepAManifestThatFitsNoGoodRelease) {
    Manifest manifest = test::sample_manifest("rp-1");
    manifest.fits.reset();
    manifest.fits_revision = {};
    EXPECT_EQ(back(manifest).fits, std::nullopt);
    EXPECT_EQ(back(manifest).fits_revision, Revision{});
}

TEST(JsonValues, BringTheSmallOnesBack) {
    EXPECT_EQ(back(Revision{"c", "t"}), (Revision{"c", "t"}));
    EXPECT_EQ(back(SchemaState{{}, "f"}), (SchemaState{{}, "f"}));
    EXPECT_EQ(back(DatabaseIdentity{"", 5, "n", "a"}), (DatabaseIdentity{"", 5, "n", "a"}));
    EXPECT_EQ(to_json(back(k_proof)), to_json(k_proof));
    EXPECT_EQ(back(k_proof).rows, 18446744073709551615U);
    EXPECT_EQ(to_json(back(sample_losses())), to_json(sample_losses()));
    EXPECT_EQ(back(sample_losses()).certain(), std::numeric_limits<std::uint64_t>::max());
}

TEST(JsonValues, ReadAMissingOptionalFieldAsItsDefault) {
    EXPECT_TRUE(value_from_json<ContentFacts>(Json::object()).tables.empty());
    EXPECT_TRUE(value_from_json<LossReport>(Json::object()).tables.empty());
    const auto proof = value_from_json<Proof>({{"method", "list"}, {"manifest", "ab"}, {"at", "t"}});
    EXPECT_EQ(proof.standby, "");
    EXPECT_EQ(proof.took_ms, 0);
}

TEST(JsonValues, PassOverFieldsOfANewerMinor) {
    Json json = to_json(Revision{"c", "t"});
    json["signed_by"] = {{"who", "ann"}};
    EXPECT_EQ(value_from_json<Revision>(json), (Revision{"c", "t"}));
}

TEST(JsonValues, NameTheFieldThatIsWrong) {
    const auto what = [](const Json& json) {
        return test::failure_of([&json] { value_from_json<DatabaseIdentity>(json); }).what_happened();
    };
    EXPECT_EQ(what({{"oid", 1}}), "field \"name\" is missing");
    EXPECT_EQ(what({{"oid", 4294967296}, {"name", "n"}}), "field \"oid\" is no number that fits");
    EXPECT_EQ(what({{"oid", -1}, {"name", "n"}}), "field \"oid\" is no number that fits");
    EXPECT_EQ(what({{"oid", 1}, {"name", 7}}), "field \"name\" is no text");
    EXPECT_EQ(what(Json::array()), "a value is no JSON object");
}

TEST(JsonValues, SurviveEveryWrongTypeInEveryField) {
    Manifest manifest = test::sample_manifest("rp-1");
    manifest.objects = {{"dump/toc.dat", 1, "ab"}};
    expect_failures_only(manifest);
    expect_failures_only(k_proof);
    expect_failures_only(sample_losses());
}

}  // namespace lastgood
