#include "store/s3_listing.hpp"

#include "outside/redaction.hpp"
#include "store/s3_client.hpp"
#include "store/xml.hpp"

#include <functional>
#include <stdexcept>

namespace lastgood {

namespace {

S3Page ask_for_page(const S3Client& client, const S3Request& request) {
    const HttpAnswer answer = client.send(request);
    try {
        return read_page(answer.body);
    } catch (const XmlError& error) {
        throw StoreError(client.address().say() + ": the list of its objects cannot be read: " + error.what());
    }
}

void for_each_page(const S3Client& client, const std::string& prefix, const std::string& delimiter,
                   const std::function<void(const S3Page&)>& visit) {
    S3Request request;
    // Names are URL-encoded in the answer: foreign ones may have characters that no XML can hold.
    request.query = {{"list-type", "2"}, {"encoding-type", "url"}, {"prefix", client.address().prefix + prefix}};
    if (!delimiter.empty()) request.query["delimiter"] = delimiter;
    for (;;) {
        const S3Page page = ask_for_page(client, request);
        visit(page);
        if (page.next.empty()) return;
        if (request.query["continuation-token"] == page.next)
            throw StoreError(client.address().say() + ": the list of its objects goes on where it began");
        request.query["continuation-token"] = page.next;
    }
}

S3Object read_object(const XmlElement& element) {
    try {
        return {percent_decode(element.text_of("Key")), parse_time(element.text_of("LastModified"))};
    } catch (const std::invalid_argument& error) {
        throw XmlError(error.what());
    }
}

}  // namespace

S3Page read_page(std::string_view document) {
    const XmlElement root = read_xml(document);
    if (root.name != "ListBucketResult") throw XmlError("it is no ListBucketResult");
    S3Page page;
    for (const XmlElement& element : root.children) {
        if (element.name == "Contents") page.objects.push_back(read_object(element));
        if (element.name == "CommonPrefixes") page.prefixes.push_back(percent_decode(element.text_of("Prefix")));
    }
    if (root.text_of("IsTruncated") != "true") return page;
    page.next = root.text_of("NextContinuationToken");
    if (page.next.empty()) throw XmlError("it is cut, and does not say where it goes on");
    return page;
}

std::vector<S3Object> list_objects(const S3Client& client, const std::string& prefix) {
    const std::size_t ours = client.address().prefix.size();
    std::vector<S3Object> objects;
    for_each_page(client, prefix, "", [&](const S3Page& page) {
        for (const S3Object& object : page.objects)
            if (object.key.starts_with(client.address().prefix + prefix))
                objects.push_back({object.key.substr(ours), object.changed});
    });
    return objects;
}

std::vector<std::string> list_directories(const S3Client& client, const std::string& prefix) {
    const std::string above = client.address().prefix + prefix;
    std::vector<std::string> parts;
    for_each_page(client, prefix, "/", [&](const S3Page& page) {
        for (const std::string& whole : page.prefixes)
            if (whole.size() > above.size() && whole.starts_with(above) && whole.ends_with('/'))
                parts.push_back(whole.substr(above.size(), whole.size() - above.size() - 1));
    });
    return parts;
}

}  // namespace lastgood
