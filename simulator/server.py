"""The HTTP server: one thread per connection, loopback only."""

import logging
import socket
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from simulator import routes
from simulator.context import Simulator
from simulator.envelopes import wxpay_headers
from simulator.faults import Fault
from simulator.http import LOOPBACK, Problem, Request, Response, Router, answer_json, host_of

logger = logging.getLogger(__name__)

BODY_LIMIT = 2 * 1024 * 1024
ROUTER = Router(routes.ALL)


class Server(ThreadingHTTPServer):
    """Serves one simulator on 127.0.0.1."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, *, simulator: Simulator, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.simulator = simulator
        simulator.base_url = f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A caller that hangs up early is not worth a traceback."""
        logger.debug("connection of %s ended early", client_address)

    def start_work(self) -> None:
        """Start notices and take up what a former process left half done."""
        self.simulator.notifier.start()
        for resume in routes.RESUMES:
            resume(self.simulator)

    def finish_work(self) -> None:
        """Close socket, notices and journal."""
        self.server_close()
        self.simulator.notifier.stop()
        self.simulator.state.close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server
    disable_nagle_algorithm = True
    wbufsize = 65536
    timeout = 75

    def _serve(self) -> None:
        started = time.monotonic()
        announced = self.headers.get("Content-Length") or "0"
        if not announced.isdecimal() or int(announced) > BODY_LIMIT:
            self.close_connection = True
            self._write(answer_json({"code": "BODY_TOO_LARGE"}, status=413))
            return
        length = int(announced)
        request = Request(self.command, self.path, self.headers, self.rfile.read(length))
        simulator = self.server.simulator
        fault = None if request.path.startswith("/__ctl__/") else simulator.faults.take(request.path)
        response = self._respond(request, fault)
        simulator.log.append(
            {
                "at": simulator.clock.now().isoformat(timespec="milliseconds"),
                "method": request.method,
                "target": request.target,
                "status": response.status if response else 0,
                "fault": fault.kind if fault else None,
                "ms": round((time.monotonic() - started) * 1000),
            }
        )
        if response is None or (fault and fault.kind == "cut_after"):
            self._cut()
        else:
            self._write(response)

    do_GET = do_POST = do_PUT = do_DELETE = do_OPTIONS = _serve

    def _respond(self, request: Request, fault: Fault | None) -> Response | None:
        """The answer, or None when the fault swallows it."""
        if fault and fault.kind == "timeout":
            time.sleep(30 if fault.seconds is None else fault.seconds)
            return None
        if fault and fault.kind == "error500":
            return answer_json({"code": "SYSTEM_ERROR", "message": "系统异常，请用相同参数重新调用"}, status=500)
        if fault and fault.kind == "error":
            return answer_json(fault.body, status=fault.status)
        if fault and fault.kind == "delay":
            time.sleep(2 if fault.seconds is None else fault.seconds)
        response = self._dispatch(request)
        if fault and fault.kind == "unsigned":
            response.headers = {k: v for k, v in response.headers.items() if not _is_signature(k)}
        if fault and fault.kind == "badly_signed":
            response.headers.update(self._bad_signature(response.body.decode()))
        return response

    def _dispatch(self, request: Request) -> Response:
        if host_of(request.base_url) not in LOOPBACK:
            return answer_json({"code": "FORBIDDEN", "message": "loopback only"}, status=403)
        found = ROUTER.find(request.method, request.path)
        if isinstance(found, int):
            return answer_json({"code": "NOT_FOUND", "message": "no such address"}, status=found)
        handler, request.params = found
        try:
            return handler(self.server.simulator, request)
        except Problem as problem:
            return problem.response
        except Exception:
            logger.exception("%s %s failed", request.method, request.target)
            return answer_json({"code": "SYSTEM_ERROR", "message": "系统异常"}, status=500)

    def _bad_signature(self, body: str) -> dict[str, str]:
        simulator = self.server.simulator
        return wxpay_headers(
            keys=simulator.keys, timestamp=simulator.clock.wire(), body=body, key=simulator.keys.forger_key
        )

    def _write(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if response.status != 204:
            self.send_header("Content-Type", response.content_type)
            self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        self.wfile.write(response.body)

    def _cut(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def version_string(self) -> str:
        return "simulator"

    def log_message(self, format: str, *args: Any) -> None:
        logger.debug(format, *args)


def _is_signature(name: str) -> bool:
    return name.startswith(("Wechatpay-", "X-Bank-"))
