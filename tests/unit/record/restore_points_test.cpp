#include "record/restore_points.hpp"

#include "outside/interruption.hpp"
#include "record/json_values.hpp"
#include "record/point_reader.hpp"
#include "record/point_writer.hpp"
#include "record_place.hpp"
#include "sample_manifest.hpp"

#include <fstream>

#include <gtest/gtest.h>

namespace lastgood {

using test::failure_of;
using test::k_scope;
using test::sample_manifest;

namespace fs = std::filesystem;

class RestorePointsTest : public testing::Test {
  protected:
    std::unique_ptr<PointWriter> write(const std::string& id, int objects = 3) {
        auto writer = points.begin(id);
        writer->take("dump", [&](const fs::path& dump) {
            fs::create_directories(dump);
            for (int i = 0; i < objects; ++i)
                std::ofstream(dump / (std::to_string(i) + ".dat")) << std::string(1000 + i, 'x');
        });
        writer->put("schema.sql", "create table t ();\n");
        return writer;
    }
    Manifest publish(const std::string& id, const std::string& taken_at = "2026-11-22T15:00:00Z", int objects = 3) {
        points.publish(sample_manifest(id, taken_at), *write(id, objects));
        return *points.manifest(id);
    }
    fs::path object(const std::string& id, const std::string& key) const {
        return place.root() / points.prefix(id) / key;
    }

    test::RecordPlace place;
    RestorePoints points{*place.store, k_scope};
};

TEST_F(RestorePointsTest, AreDigestedAndPublishedWithTheManifestLast) {
    const Manifest manifest = publish("rp-1", "2026-11-22T15:00:00Z", 12);
    ASSERT_EQ(manifest.objects.size(), 13U);
    EXPECT_EQ(manifest.objects.back().key, "schema.sql");
    EXPECT_EQ(manifest.objects.back().size, 19U);
    EXPECT_EQ(manifest.objects.back().sha256, sha256("create table t ();\n"));
    EXPECT_EQ(manifest.properties, sample_manifest("").properties);
    EXPECT_EQ(points.manifest_digest("rp-1"), sha256(read_file(object("rp-1", "manifest.json"))));
    EXPECT_EQ(points.ids(), std::vector<std::string>{"rp-1"});
    const auto objects = points.open(manifest);
    EXPECT_EQ(objects->file("dump/3.dat"), object("rp-1", "dump/3.dat"));
    EXPECT_EQ(objects->file("dump"), object("rp-1", "dump"));
    EXPECT_EQ(objects->get("dump/11.dat"), std::string(1011, 'x'));
    EXPECT_TRUE(objects->has("dump"));
    EXPECT_FALSE(objects->has("dum"));
}

TEST_F(RestorePointsTest, DoNotExistWithoutAManifest) {
    write("rp-1");
    EXPECT_TRUE(points.ids().empty());
    EXPECT_FALSE(points.manifest("rp-1"));
    EXPECT_EQ(failure_of([&] { points.manifest_digest("rp-1"); }).code(), ExitCode::failed_clean);
    // The next program begins anew over what the killed one left.
    EXPECT_EQ(publish("rp-1", "2026-11-22T15:00:00Z", 1).objects.size(), 2U);
    EXPECT_EQ(place.store->list(points.prefix("rp-1")).size(), 4U);
}

TEST_F(RestorePointsTest, AreNeverReplaced) {
    const Manifest before = publish("rp-1");
    EXPECT_THROW(points.begin("rp-1"), StoreError);
    EXPECT_THROW(points.discard("rp-1"), StoreError);
    EXPECT_EQ(to_json(*points.manifest("rp-1")), to_json(before));
    points.open(before)->check();
}

TEST_F(RestorePointsTest, NeedAnObject) {
    EXPECT_THROW(points.publish(sample_manifest("rp-1"), *points.begin("rp-1")), StoreError);
}

TEST_F(RestorePointsTest, AreListedFromTheOldestOn) {
    publish("rp-a", "2026-11-22 15:00:00.5+00");
    publish("rp-b", "2026-11-21T23:00:00Z");
    publish("rp-c", "2026-11-22T15:00:00.250Z");
    publish("rp-d", "some day");
    ASSERT_TRUE(place.store->create(points.prefix("rp-e") + "manifest.json", "{"));
    EXPECT_EQ(points.ids(), (std::vector<std::string>{"rp-d", "rp-e", "rp-b", "rp-c", "rp-a"}));
    EXPECT_NE(failure_of([&] { points.manifest("rp-e"); }).what_happened().find("rp-e/manifest.json"),
              std::string::npos);
}

TEST_F(RestorePointsTest, AreRemovedManifestFirst) {
    publish("rp-1");
    publish("rp-2");
    points.remove("rp-1");
    EXPECT_EQ(points.ids(), std::vector<std::string>{"rp-2"});
    EXPECT_TRUE(place.store->list(points.prefix("rp-1")).empty());
    points.remove("rp-1");
}

struct Spoiling {
    const char* name;
    std::function<void(const fs::path& object)> spoil;
    std::string complaint;
};

class SpoiledObjects : public RestorePointsTest, public testing::WithParamInterface<Spoiling> {};

TEST_P(SpoiledObjects, AreNamed) {
    const Manifest manifest = publish("rp-1");
    GetParam().spoil(object("rp-1", "dump/1.dat"));
    const Failure failure = failure_of([&] { points.open(manifest)->check(); });
    EXPECT_EQ(failure.code(), ExitCode::failed_clean);
    EXPECT_NE(failure.what_happened().find("dump/1.dat " + GetParam().complaint), std::string::npos)
        << failure.what_happened();
    EXPECT_NE(failure.what_happened().find("rp-1"), std::string::npos);
    EXPECT_TRUE(failure.next().starts_with("lastgood backups list"));
}

INSTANTIATE_TEST_SUITE_P(
    , SpoiledObjects,
    testing::Values(
        Spoiling{"Missing", [](const fs::path& path) { fs::remove(path); }, "is missing"},
        Spoiling{"Truncated", [](const fs::path& path) { fs::resize_file(path, 1000); }, "has 1000 bytes, not 1001"},
        Spoiling{"Empty", [](const fs::path& path) { fs::resize_file(path, 0); }, "has 0 bytes"},
        Spoiling{"Grown", [](const fs::path& path) { std::ofstream(path, std::ios::app) << "!"; }, "has 1002 bytes"},
        Spoiling{"Altered",
                 [](const fs::path& path) {
                     std::fstream file(path, std::ios::in | std::ios::out);
                     file.seekp(500);
                     file << 'y';
                 },
                 "was altered"},
        Spoiling{"MadeADirectory",
                 [](const fs::path& path) {
                     fs::remove(path);
                     fs::create_directory(path);
                 },
                 "is missing"}),
    [](const auto& kind) { return kind.param.name; });

TEST_P(SpoiledObjects, AreFoundInAFileOfThem) {
    const Manifest manifest = publish("rp-1");
    GetParam().spoil(object("rp-1", "dump/1.dat"));
    EXPECT_EQ(failure_of([&] { points.open(manifest)->file("dump"); }).code(), ExitCode::failed_clean);
}

TEST_P(SpoiledObjects, AreFoundAsTheyPassBy) {
    const Manifest manifest = publish("rp-1");
    GetParam().spoil(object("rp-1", "dump/1.dat"));
    EXPECT_EQ(failure_of([&] { points.open(manifest)->get("dump/1.dat"); }).code(), ExitCode::failed_clean);
}

TEST_F(RestorePointsTest, NameTheFirstOfSeveralSpoiledObjects) {
    const Manifest manifest = publish("rp-1", "2026-11-22T15:00:00Z", 8);
    for (const char* key : {"dump/6.dat", "dump/2.dat", "schema.sql"}) fs::resize_file(object("rp-1", key), 1);
    EXPECT_NE(failure_of([&] { points.open(manifest)->check(); }).what_happened().find("dump/2.dat"),
              std::string::npos);
}

TEST_F(RestorePointsTest, DoNotReachOutsideOfThemselves) {
    Manifest manifest = publish("rp-1");
    for (const char* key : {"../rp-1/schema.sql", "/etc/passwd", "dump/../../rp-1/schema.sql", ""}) {
        manifest.objects = {{key, 19, sha256("create table t ();\n")}};
        EXPECT_EQ(failure_of([&] { points.open(manifest)->check(); }).code(), ExitCode::failed_clean) << key;
    }
}

TEST_F(RestorePointsTest, WithoutAnyObjectAreRefused) {
    EXPECT_EQ(failure_of([&] { points.open(sample_manifest("rp-1")); }).code(), ExitCode::failed_clean);
}

TEST_F(RestorePointsTest, AreProvenByAProofOfTheirManifest) {
    publish("rp-1");
    EXPECT_FALSE(points.proof("rp-1"));
    Proof proof{"list", points.manifest_digest("rp-1"), "2026-11-22T15:00:00Z", "beside", "", 10, 2, 3};
    points.write_proof("rp-1", proof);
    ASSERT_TRUE(points.proof("rp-1"));
    EXPECT_EQ(points.proof("rp-1")->method, "list");
    proof.method = "restore";
    points.write_proof("rp-1", proof);
    points.write_proof("rp-1", proof);
    EXPECT_EQ(points.proof("rp-1")->method, "restore");

    std::ofstream(object("rp-1", "manifest.json"), std::ios::app) << " ";
    EXPECT_FALSE(points.proof("rp-1"));
}

TEST_F(RestorePointsTest, NameTheKeyOfAProofThatIsRubbish) {
    publish("rp-1");
    ASSERT_TRUE(place.store->create(points.prefix("rp-1") + "proof.json", R"({"format":1,"method":[]})"));
    EXPECT_NE(failure_of([&] { points.proof("rp-1"); }).what_happened().find("rp-1/proof.json"), std::string::npos);
}

TEST_F(RestorePointsTest, StopDigestingWhenASignalComes) {
    const Manifest manifest = publish("rp-1");
    Interruption interruption;
    const RestorePoints stopped(*place.store, k_scope, nullptr, &interruption);
    stopped.open(manifest)->check();
    interruption.request(SIGTERM);
    EXPECT_THROW(stopped.open(manifest)->check(), Interrupted);
}

}  // namespace lastgood
