#include "store/s3_litter.hpp"

#include "outside/redaction.hpp"
#include "store/s3_client.hpp"
#include "store/s3_creation.hpp"
#include "store/s3_listing.hpp"
#include "store/xml.hpp"

#include <stdexcept>

namespace lastgood {

namespace {

void remove(const S3Client& client, const std::string& key, const std::string& upload_id) {
    S3Request request;
    request.method = "DELETE";
    request.key = key;
    if (!upload_id.empty()) request.query["uploadId"] = upload_id;
    request.expected = {404};  // somebody else was faster
    client.send(request);
}

S3Uploads ask_for_uploads(const S3Client& client, const S3Request& request) {
    const HttpAnswer answer = client.send(request);
    try {
        return read_uploads(answer.body);
    } catch (const XmlError& error) {
        throw StoreError(client.address().say() + ": the list of its uploads cannot be read: " + error.what());
    }
}

std::vector<S3Unfinished> list_uploads(const S3Client& client) {
    S3Request request;
    request.query = {{"uploads", ""}, {"encoding-type", "url"}, {"prefix", client.address().prefix}};
    std::vector<S3Unfinished> all;
    for (;;) {
        const S3Uploads page = ask_for_uploads(client, request);
        all.insert(all.end(), page.uploads.begin(), page.uploads.end());
        if (page.next_key.empty()) return all;
        if (request.query["key-marker"] == page.next_key && request.query["upload-id-marker"] == page.next_upload_id)
            throw StoreError(client.address().say() + ": the list of its uploads goes on where it began");
        request.query["key-marker"] = page.next_key;
        request.query["upload-id-marker"] = page.next_upload_id;
    }
}

}  // namespace

S3Uploads read_uploads(std::string_view document) {
    const XmlElement root = read_xml(document);
    if (root.name != "ListMultipartUploadsResult") throw XmlError("it is no ListMultipartUploadsResult");
    S3Uploads page;
    try {
        for (const XmlElement& element : root.children)
            if (element.name == "Upload")
                page.uploads.push_back({percent_decode(element.text_of("Key")), element.text_of("UploadId"),
                                        parse_time(element.text_of("Initiated"))});
    } catch (const std::invalid_argument& error) {
        throw XmlError(error.what());
    }
    if (root.text_of("IsTruncated") != "true") return page;
    page.next_key = percent_decode(root.text_of("NextKeyMarker"));
    page.next_upload_id = root.text_of("NextUploadIdMarker");
    if (page.next_key.empty()) throw XmlError("it is cut, and does not say where it goes on");
    return page;
}

int remove_s3_litter(const S3Client& client, Time before) {
    const std::string& prefix = client.address().prefix;
    int removed = 0;
    for (const S3Unfinished& upload : list_uploads(client)) {
        if (upload.begun >= before || !upload.key.starts_with(prefix)) continue;
        remove(client, upload.key.substr(prefix.size()), upload.upload_id);
        ++removed;
    }
    for (const S3Object& object : list_objects(client, std::string(k_s3_probe))) {
        if (object.changed >= before) continue;
        remove(client, object.key, "");
        ++removed;
    }
    return removed;
}

}  // namespace lastgood
