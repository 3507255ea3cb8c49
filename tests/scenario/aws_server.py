"""An AWS on loopback for the real `aws` program: STS, S3, RDS over real PostgreSQL servers, Elastic Beanstalk over real processes.

    aws = AwsServer(cluster, root)
    aws.add_version("v1", app.tree)     # what an operator had before us: a version of the commit,
    aws.launch("v1")                    # and an environment that runs it
    run("aws", "--endpoint-url", aws.endpoint, "rds", ..., environment={**os.environ, **aws.environment})
    aws.fault("rds", "CreateDBSnapshot", status=400, code="Throttling", message="Rate exceeded", times=3)
    aws.container_command_fails = True  # the next update; 2 spoils the next two
    aws.close()

Signatures are verified. A parameter that is not understood is refused, so that nobody believes in it.
"""
import inspect
import secrets
import socket
import threading
import urllib.parse
import uuid

from aws_beanstalk import Beanstalk
from aws_http import reply, serve
from aws_protocol import ACCOUNT, REGION, AwsError, answer_xml, credential, error_xml, nested, signature
from aws_rds import Rds
from aws_s3 import S3

MISMATCH = ("The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. "
            "Consult the service documentation for details.")


class Request:
    """What was asked, and what came of it."""

    def __init__(self, service, action, parameters, status, result=None):
        self.service, self.action, self.parameters, self.status, self.result = service, action, parameters, status, result

    def __repr__(self):
        return f"{self.service} {self.action} {self.parameters} -> {self.status}"


class AwsServer:
    health_lag = 0                # seconds after an update in which the health is not known yet

    # What goes wrong by itself. True or a number: so many of the next updates, snapshots or restores.
    environment_goes_red = 0      # the deployment ends well, then the health is Red
    update_never_ends = 0         # the update stays between two batches; an abort ends it
    update_is_aborted = 0         # AWS aborts it by itself after the first batch
    mixed = 0                     # one instance keeps the old version, and the environment is Ready and Green all the same
    container_command_fails = 0   # the commands are not run; "afterwards": they are run, and fail then
    web_does_not_start = 0        # the new processes end at once
    snapshot_fails = 0            # at 90 %
    snapshot_never_ends = 0
    restore_fails = 0             # incompatible-restore

    def __init__(self, cluster, root, application="shop", environment="shop-prod", database="shop", owner="shop_owner", instances=2,
                 delay=0.3, password=None, identifier="shop-db"):
        """`delay`: seconds between batches, and for what RDS does. `password`: the owner's, asked for by the servers; without one they trust."""
        self.application, self.database, self.owner, self.delay = application, database, owner, delay
        self.password = password or "no-password-is-asked-for"
        self.access_key, self.secret_key = "AKIA" + secrets.token_hex(8).upper(), secrets.token_urlsafe(30)
        self.requests, self._faults = [], []
        self.closing, self.lock = threading.Event(), threading.RLock()
        self._http = serve(lambda handler: self._handle(handler))
        self.endpoint = f"http://127.0.0.1:{self._http.server_port}"
        self.environment = {"AWS_ACCESS_KEY_ID": self.access_key, "AWS_SECRET_ACCESS_KEY": self.secret_key, "AWS_DEFAULT_REGION": REGION,
                            "AWS_EC2_METADATA_DISABLED": "true", "AWS_PAGER": "", "NO_PROXY": "127.0.0.1"}
        self.s3 = S3()
        self.rds = Rds(self, cluster, identifier, asks_for_password=password is not None)
        self.beanstalk = Beanstalk(self, root, environment, instances)
        self.app_url = self.beanstalk.balancer.url

    @property
    def answers(self):
        """(monotonic time, status) of every answer of the load balancer."""
        return self.beanstalk.balancer.answers

    def add_version(self, label, tree, commit="HEAD"):
        """A version of a commit, without a call."""
        self.beanstalk.add_version(label, tree, commit)

    def launch(self, label):
        """Every environment runs this version, as an operator had it before us."""
        for environment in self.beanstalk.environments.values():
            environment.launch(label)

    def close(self):
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()
        self.beanstalk.close()
        self.rds.close()

    # ---- what goes wrong

    def fault(self, service, action, status=400, code="InternalFailure", message="", headers=None, body=None, times=1, after=0,
              effect=False):
        """The next `times` requests after the first `after` are answered so. status 0: never answered; status None: the connection
        is cut. `body`: instead of AWS' XML. `effect`: it is done all the same."""
        self._faults.append({"service": service, "action": action, "status": status, "code": code, "message": message,
                             "headers": headers or {}, "body": body, "times": times, "after": after, "effect": effect})

    def _fault_of(self, service, action):
        with self.lock:
            for fault in self._faults:
                if (fault["service"], fault["action"]) == (service, action):
                    fault["after"] -= 1
                    if fault["after"] < 0 and fault["times"] > 0:
                        fault["times"] -= 1
                        return fault
        return None

    def take(self, switch):
        """Whether it goes wrong this time."""
        with self.lock:
            value = getattr(self, switch)
            if value:
                setattr(self, switch, value - 1 if isinstance(value, int) else 0)
            return value

    # ---- HTTP

    def _handle(self, handler):
        path, _, query = handler.path.partition("?")
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        identity, who = str(uuid.uuid4()), credential(handler.headers)
        service = who[1].split("/")[2] if who else "s3" if handler.command != "POST" or path != "/" else "sts"
        action, parameters, perform = self._understand(service, handler, path, query, body)
        result = None
        try:
            self._verify(service, who, handler, path, query, body)
            fault = self._fault_of(service, action)
            if fault:
                self.requests.append(Request(service, action, parameters, fault["status"]))
                if fault["effect"]:
                    perform()
                self._misbehave(handler, service, fault, identity)
                return
            status, headers, content, *result = perform()
        except AwsError as error:
            status, headers, content = error.status, {"Content-Type": "text/xml"}, error_xml(service, error, identity).encode()
        self.requests.append(Request(service, action, parameters, status, result and result[0]))
        reply(handler, status, {"x-amzn-RequestId": identity, **headers}, content)

    def _understand(self, service, handler, path, query, body):
        if service == "s3":
            action, perform = self.s3.answer(handler.command, path, query, handler.headers, body)
            return action, {"Key": path, **dict(urllib.parse.parse_qsl(query))}, perform
        parameters = nested(urllib.parse.parse_qsl(body.decode(), keep_blank_values=True))
        action = parameters.pop("Action", "")
        parameters.pop("Version", None)

        def perform():
            actions = {"elasticbeanstalk": self.beanstalk.actions, "rds": self.rds.actions,
                       "sts": {"GetCallerIdentity": self._get_caller_identity}}.get(service, {})
            if action not in actions:
                raise AwsError("InvalidAction", f"Could not find operation {action}")
            try:
                inspect.signature(actions[action]).bind(**parameters)
            except TypeError as error:
                raise AwsError("NotImplementedHere", f"{action}: {error}", 501) from error
            result = actions[action](**parameters)
            return 200, {"Content-Type": "text/xml"}, answer_xml(service, action, result, str(uuid.uuid4())).encode(), result
        return action, parameters, perform

    def _verify(self, service, who, handler, path, query, body):
        if not who:
            code = "AccessDenied" if service == "s3" else "MissingAuthenticationToken"
            raise AwsError(code, "Access Denied" if service == "s3" else "Request is missing Authentication Token", 403)
        key, scope, signed, given = who
        if key != self.access_key:
            if service == "s3":
                raise AwsError("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", 403)
            raise AwsError("InvalidClientTokenId", "The security token included in the request is invalid.", 403)
        if given != signature(self.secret_key, scope, signed, handler.command, path, query, handler.headers, body):
            raise AwsError("SignatureDoesNotMatch", MISMATCH, 403)

    def _misbehave(self, handler, service, fault, identity):
        if fault["status"] == 0:
            self.closing.wait()
        if not fault["status"]:
            handler.close_connection = True
            handler.connection.shutdown(socket.SHUT_RDWR)
            return
        error = AwsError(fault["code"], fault["message"], fault["status"])
        body = fault["body"] if fault["body"] is not None else error_xml(service, error, identity)
        kind = "text/html" if body.lstrip().lower().startswith(("<html", "<!doctype")) else "text/xml"
        reply(handler, fault["status"], {"Content-Type": kind, **fault["headers"]}, body.encode())

    @staticmethod
    def _get_caller_identity():
        return {"Arn": f"arn:aws:iam::{ACCOUNT}:user/deployer", "UserId": "AIDACKCEVSQ6C2EXAMPLE", "Account": ACCOUNT}
