"""Objects of one bucket, in memory: put (in parts too), get, head, delete, list."""
import hashlib
import re
import urllib.parse
import uuid

from aws_protocol import ACCOUNT, REGION, AwsError, as_xml, now


class S3:
    def __init__(self):
        self.bucket = f"elasticbeanstalk-{REGION}-{ACCOUNT}"
        self.objects = {}   # key: (bytes, time, ETag)
        self._uploads = {}  # id: {part number: bytes}

    def answer(self, method, path, query, headers, body):
        """(action, a function that gives status, headers, body)."""
        bucket, _, key = urllib.parse.unquote(path).lstrip("/").partition("/")
        asked = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        if headers.get("x-amz-content-sha256", "").startswith("STREAMING"):
            return "PutObject", lambda: self._refuse("NotImplemented", "A body in signed chunks is not implemented here", 501)
        if bucket != self.bucket:
            return "HeadBucket", lambda: self._refuse("NoSuchBucket", "The specified bucket does not exist", 404)
        if not key:
            return ("ListObjectsV2", lambda: self._list(asked)) if method == "GET" else ("HeadBucket", lambda: (200, {}, b""))
        actions = {("PUT", False): ("PutObject", lambda: self._put(key, body)), ("PUT", True): ("UploadPart", lambda: self._part(asked, body)),
                   ("POST", False): ("CreateMultipartUpload", lambda: self._begin(bucket, key)),
                   ("POST", True): ("CompleteMultipartUpload", lambda: self._complete(bucket, key, asked, body.decode())),
                   ("GET", False): ("GetObject", lambda: self._get(key, headers)), ("HEAD", False): ("HeadObject", lambda: self._get(key, {})),
                   ("DELETE", False): ("DeleteObject", lambda: (self.objects.pop(key, None), (204, {}, b""))[1]),
                   ("DELETE", True): ("AbortMultipartUpload", lambda: (self._uploads.pop(asked["uploadId"], None), (204, {}, b""))[1])}
        return actions[method, "uploadId" in asked]

    @staticmethod
    def _refuse(code, message, status):
        raise AwsError(code, message, status)

    def _store(self, key, content, tag):
        self.objects[key] = (content, now(), f'"{tag}"')
        return f'"{tag}"'

    def _put(self, key, body):
        return 200, {"ETag": self._store(key, body, hashlib.md5(body).hexdigest())}, b""

    def _begin(self, bucket, key):
        upload = uuid.uuid4().hex
        self._uploads[upload] = {}
        return 200, {}, as_xml("InitiateMultipartUploadResult", {"Bucket": bucket, "Key": key, "UploadId": upload}).encode()

    def _part(self, asked, body):
        self._uploads[asked["uploadId"]][int(asked["partNumber"])] = body
        return 200, {"ETag": f'"{hashlib.md5(body).hexdigest()}"'}, b""

    def _complete(self, bucket, key, asked, document):
        parts = self._uploads.pop(asked["uploadId"])
        chosen = [parts[int(number)] for number in re.findall(r"<PartNumber>(\d+)</PartNumber>", document)]
        tag = hashlib.md5(b"".join(hashlib.md5(part).digest() for part in chosen)).hexdigest() + f"-{len(chosen)}"
        tag = self._store(key, b"".join(chosen), tag)
        return 200, {}, as_xml("CompleteMultipartUploadResult", {"Bucket": bucket, "Key": key, "ETag": tag}).encode()

    def _get(self, key, headers):
        if key not in self.objects:
            raise AwsError("NoSuchKey", "The specified key does not exist.", 404)
        content, written, tag = self.objects[key]
        about = {"ETag": tag, "Last-Modified": written.strftime("%a, %d %b %Y %H:%M:%S GMT"), "Accept-Ranges": "bytes",
                 "Content-Type": "application/octet-stream"}
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", headers.get("Range") or "")
        if not asked:
            return 200, about, content
        first, last = int(asked[1]), min(int(asked[2] or len(content) - 1), len(content) - 1)
        return 206, {**about, "Content-Range": f"bytes {first}-{last}/{len(content)}"}, content[first:last + 1]

    def _list(self, asked):
        prefix = asked.get("prefix", "")
        found = [{"Key": key, "LastModified": written, "ETag": tag, "Size": len(content), "StorageClass": "STANDARD"}
                 for key, (content, written, tag) in sorted(self.objects.items()) if key.startswith(prefix)]
        inner = as_xml("Name", self.bucket) + as_xml("Prefix", prefix) + as_xml("KeyCount", len(found)) + as_xml("IsTruncated", False)
        return 200, {}, f"<ListBucketResult>{inner}{''.join(as_xml('Contents', item) for item in found)}</ListBucketResult>".encode()
