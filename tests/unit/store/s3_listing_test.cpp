#include "store/s3_listing.hpp"

#include "store/s3_litter.hpp"
#include "store/xml.hpp"

#include <gtest/gtest.h>

namespace lastgood {
namespace {

TEST(S3Listing, ReadsKeysTimesAndPrefixes) {
    const S3Page page = read_page(
        "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><IsTruncated>true</IsTruncated>"
        "<NextContinuationToken>a/+=</NextContinuationToken><Contents><Key>p/a%20b</Key>"
        "<LastModified>2026-11-22T22:50:47.123Z</LastModified><Size>2</Size></Contents>"
        "<CommonPrefixes><Prefix>p%2Fq/</Prefix></CommonPrefixes></ListBucketResult>");
    ASSERT_EQ(page.objects.size(), 1U);
    EXPECT_EQ(page.objects[0].key, "p/a b");
    EXPECT_EQ(say_time(page.objects[0].changed), "2026-11-22T22:50:47.123Z");
    EXPECT_EQ(page.prefixes, std::vector<std::string>{"p/q/"});
    EXPECT_EQ(page.next, "a/+=");
}

TEST(S3Listing, OfTheLastPageGoesOnNowhere) {
    EXPECT_EQ(read_page("<ListBucketResult><NextContinuationToken>a</NextContinuationToken></ListBucketResult>").next,
              "");
}

TEST(S3Listing, ThatIsNoneIsRefusedAndNotReadAsEmpty) {
    const std::string undated = "<ListBucketResult><Contents><Key>a</Key></Contents></ListBucketResult>";
    const std::string today =
        "<ListBucketResult><Contents><LastModified>now</LastModified></Contents></ListBucketResult>";
    for (const std::string& rubbish :
         {std::string(), std::string("<html/>"), std::string("<Error><Code>AccessDenied</Code></Error>"),
          std::string("<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>"), undated, today,
          std::string("<ListBucketResult>")})
        EXPECT_THROW(read_page(rubbish), XmlError) << rubbish;
}

TEST(S3Uploads, AreReadWithTheirBeginAndTheNextPage) {
    const S3Uploads page = read_uploads(
        "<ListMultipartUploadsResult><IsTruncated>true</IsTruncated><NextKeyMarker>b</NextKeyMarker>"
        "<NextUploadIdMarker>2~x</NextUploadIdMarker><Upload><Key>p/a</Key><UploadId>2~y</UploadId>"
        "<Initiated>2026-11-22T22:50:47Z</Initiated></Upload></ListMultipartUploadsResult>");
    ASSERT_EQ(page.uploads.size(), 1U);
    EXPECT_EQ(page.uploads[0].key, "p/a");
    EXPECT_EQ(page.uploads[0].upload_id, "2~y");
    EXPECT_EQ(page.next_key, "b");
    EXPECT_EQ(page.next_upload_id, "2~x");
    EXPECT_THROW(read_uploads("<ListBucketResult/>"), XmlError);
}

}  // namespace
}  // namespace lastgood
