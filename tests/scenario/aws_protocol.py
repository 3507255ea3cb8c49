"""How AWS speaks: parameters in, XML out, errors with codes, signatures (version 4) that are verified."""
import datetime
import hashlib
import hmac
import re
import urllib.parse
from xml.sax.saxutils import escape

ACCOUNT, REGION = "123456789012", "us-east-1"
NAMESPACES = {"elasticbeanstalk": "http://elasticbeanstalk.amazonaws.com/docs/2010-12-01/", "rds": "http://rds.amazonaws.com/doc/2014-10-31/",
              "sts": "https://sts.amazonaws.com/doc/2011-06-15/"}
# How RDS calls the items of a list; Elastic Beanstalk calls all of them "member".
ITEMS = {"DBInstances": "DBInstance", "DBSnapshots": "DBSnapshot", "DBParameterGroups": "DBParameterGroup", "TagList": "Tag", "Subnets": "Subnet",
         "VpcSecurityGroups": "VpcSecurityGroupMembership"}


class AwsError(Exception):
    """What AWS refuses, with its code."""

    def __init__(self, code, message, status=400):
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def as_xml(name, value):
    """A value as AWS writes it; None is left out."""
    if value is None:
        return ""
    if isinstance(value, dict):
        inner = "".join(as_xml(key, item) for key, item in value.items())
    elif isinstance(value, (list, tuple)):
        inner = "".join(as_xml(ITEMS.get(name, "member"), item) for item in value)
    elif isinstance(value, bool):
        inner = str(value).lower()
    elif isinstance(value, datetime.datetime):
        inner = value.strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03}Z"
    else:
        inner = escape(str(value))
    return f"<{name}>{inner}</{name}>"


def answer_xml(service, action, result, request_id):
    """`result`: None for an action whose answer holds nothing."""
    inner = as_xml(f"{action}Result", result) + as_xml("ResponseMetadata", {"RequestId": request_id})
    return f'<{action}Response xmlns="{NAMESPACES[service]}">{inner}</{action}Response>'


def error_xml(service, error, request_id):
    if service == "s3":
        return '<?xml version="1.0" encoding="UTF-8"?>\n' + as_xml("Error", {"Code": error.code, "Message": error.message, "RequestId": request_id})
    about = {"Type": "Sender" if error.status < 500 else "Receiver", "Code": error.code, "Message": error.message}
    return (f'<ErrorResponse xmlns="{NAMESPACES.get(service, NAMESPACES["sts"])}">{as_xml("Error", about)}{as_xml("RequestId", request_id)}'
            "</ErrorResponse>")


def nested(pairs):
    """`A.member.1.B=x` as {"A": [{"B": "x"}]}, `A.B=x` as {"A": {"B": "x"}}."""
    tree = {}
    for name, value in pairs:
        node = tree
        *path, last = name.split(".")
        for piece in path:
            node = node.setdefault(piece, {})
        node[last] = value
    return {name: _plain(node) for name, node in tree.items()}


def _plain(node):
    if not isinstance(node, dict):
        return node
    if len(node) == 1:
        (items,) = node.values()
        if isinstance(items, dict) and all(number.isdigit() for number in items):
            return [_plain(items[number]) for number in sorted(items, key=int)]
    return {name: _plain(inner) for name, inner in node.items()}


def instant(text):
    """A time as the CLI sends it."""
    value = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return value if value.tzinfo else value.replace(tzinfo=datetime.timezone.utc)


def credential(headers):
    """(access key, scope, signed headers, signature) of the Authorization header, or None."""
    match = re.fullmatch(r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\S+/aws4_request), SignedHeaders=(\S+), Signature=([0-9a-f]{64})",
                         headers.get("Authorization") or "")
    return match and match.groups()


def signature(secret, scope, signed, method, path, query, headers, body):
    """What the signature must be; `scope` is date/region/service/aws4_request."""
    pairs = sorted((urllib.parse.quote(name, safe="-_.~"), urllib.parse.quote(value, safe="-_.~"))
                   for name, value in urllib.parse.parse_qsl(query, keep_blank_values=True))
    digest = headers.get("x-amz-content-sha256") or hashlib.sha256(body).hexdigest()
    request = "\n".join([method, path, "&".join(f"{name}={value}" for name, value in pairs),
                         "".join(f"{name}:{' '.join((headers.get(name) or '').split())}\n" for name in signed.split(";")), signed, digest])
    text = "\n".join(["AWS4-HMAC-SHA256", headers.get("x-amz-date") or "", scope, hashlib.sha256(request.encode()).hexdigest()])
    key = ("AWS4" + secret).encode()
    for piece in scope.split("/"):
        key = hmac.digest(key, piece.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()
