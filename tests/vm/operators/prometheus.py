# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Reads pages in Prometheus' text format, and lets promtool and a Prometheus server have them."""

import http.server
import json
import pathlib
import re
import socket
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request

RULES = pathlib.Path(__file__).resolve().parents[3] / "deploy/alerts.yaml"
SAMPLE = re.compile(r'(\w+)(?:\{(.*)\})? (\S+)')
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def samples(page):
    """The page's samples as (name, {label: value}, number)."""
    found = []
    for line in page.splitlines():
        if match := SAMPLE.fullmatch(line):
            found.append((match[1], dict(LABEL.findall(match[2] or "")), float(match[3])))
    return found


def total(found, name, **labels):
    """The sum of the samples with this name and these labels."""
    return sum(value for one, has, value in found if one == name and labels.items() <= has.items())


def promtool(page):
    """What promtool says against the page."""
    done = subprocess.run(["promtool", "check", "metrics"], input=page, capture_output=True, text=True, check=False)
    return [] if done.returncode == 0 else [f"promtool: {done.stdout}{done.stderr}"]


def free_port():
    """A port of this machine that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def served(page):
    """A server of the page, on a thread of its own."""
    class Handler(http.server.BaseHTTPRequestHandler):
        """Answers every path."""

        def do_GET(self):  # pylint: disable=invalid-name
            """The page."""
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *_):  # pylint: disable=arguments-differ
            """Nothing."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def ask(port, query):
    """What Prometheus answers to a query: a list of (labels, number); None if it does not answer."""
    url = f"http://127.0.0.1:{port}/api/v1/{query}"
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return json.load(answer)["data"]
    except (urllib.error.URLError, OSError):
        return None


def wait_for(port, query, patience=120):
    """The first number that the query gives."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        data = ask(port, "query?query=" + query)
        if data and data["result"]:
            return float(data["result"][0]["value"][1])
        time.sleep(0.3)
    return None


def scrape(page):
    """What a Prometheus server makes of the page and of the alert rules."""
    port, server = free_port(), served(page)
    with tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder) / "prometheus.yml"
        config.write_text(json.dumps({
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"}, "rule_files": [str(RULES)],
            "scrape_configs": [{"job_name": "xfrm-snap", "static_configs": [
                {"targets": [f"127.0.0.1:{server.server_address[1]}"]}]}]}))
        command = ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={folder}/data",
                   f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                got = wait_for(port, "sum(xfrm_snap_errors_total)")
                rules = ask(port, "rules") or {"groups": []}
            finally:
                process.terminate()
                server.shutdown()
    wanted = total(samples(page), "xfrm_snap_errors_total")
    problems = [] if got == wanted else [f"Prometheus: the errors add up to {got}, expected {wanted}"]
    states = [rule["health"] for group in rules["groups"] for rule in group["rules"]]
    return problems + ([] if len(states) >= 4 and "err" not in states else [f"alert rules: {states}"])
