#include "http_remote.hpp"

#include <csignal>
#include <stdexcept>

namespace lastgood::test {

namespace {

/// libgit2 sends packs in chunks, which Python's own CGI server does not read.
constexpr const char* k_server = R"(
import base64, http.server, os, subprocess, sys

ROOT = sys.argv[1]
WANTED = 'Basic ' + base64.b64encode(b'x-access-token:t0ken').decode()

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, *arguments):
        pass

    def body(self):
        if self.headers.get('Transfer-Encoding') != 'chunked':
            return self.rfile.read(int(self.headers.get('Content-Length', 0)))
        whole = b''
        while size := int(self.rfile.readline(), 16):
            whole += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return whole

    def answer(self, status, headers, body):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def serve(self):
        body = self.body()
        if self.headers.get('Authorization') != WANTED:
            return self.answer(401, [('WWW-Authenticate', 'Basic realm="git"')], b'')
        path, _, query = self.path.partition('?')
        environment = dict(os.environ, GIT_PROJECT_ROOT=ROOT, GIT_HTTP_EXPORT_ALL='1', REMOTE_USER='x-access-token',
                           REQUEST_METHOD=self.command, PATH_INFO=path, QUERY_STRING=query,
                           CONTENT_TYPE=self.headers.get('Content-Type', ''), CONTENT_LENGTH=str(len(body)))
        out = subprocess.run(['git', 'http-backend'], input=body, env=environment, stdout=subprocess.PIPE).stdout
        head, _, content = out.partition(b'\r\n\r\n')
        headers = [line.split(': ', 1) for line in head.decode().split('\r\n')]
        status = [int(value.split()[0]) for name, value in headers if name == 'Status'] or [200]
        self.answer(status[0], [pair for pair in headers if pair[0] != 'Status'], content)

    do_GET = do_POST = serve

server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
server.daemon_threads = True
print(os.getpid(), server.server_port, flush=True)
server.serve_forever()
)";

}  // namespace

HttpRemote::HttpRemote(const Sandbox& box) {
    const auto script = box.path(".server.py");
    replace_file(script, k_server);
    m_server = ::popen(("exec python3 " + script.string() + " " + box.path().string()).c_str(), "r");
    int port = 0;
    if (m_server == nullptr || std::fscanf(m_server, "%d %d", &m_pid, &port) != 2)
        throw std::runtime_error("the HTTP server did not start");
    m_url = "http://127.0.0.1:" + std::to_string(port) + "/remote.git";
}

HttpRemote::~HttpRemote() {
    // Interruption blocks SIGTERM in this process, and the server inherits that.
    ::kill(m_pid, SIGKILL);
    ::pclose(m_server);
}

}  // namespace lastgood::test
