# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Does what is in deploy/ agree with the program, and with the tools that read it?"""

import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

try:
    import yaml
except ImportError:
    yaml = None

TOP = pathlib.Path(__file__).resolve().parents[2]
DEPLOY = TOP / "deploy"
FAMILY = re.compile(r'(?:family|gauge)\("(\w+)"|"(\w*(?:errors|losses)_total)"')
USED = re.compile(r"\bxfrm_snap_\w+")


def families():
    """The names of the numbers that the program serves."""
    found = FAMILY.findall((TOP / "user/render/metrics.cpp").read_text())
    return {"xfrm_snap_" + (one or other) for one, other in found}


class Deploy(unittest.TestCase):
    """Units, manifests, rules, dashboards."""

    def test_rules_and_dashboard_use_numbers_that_there_are(self):
        """A name that nobody serves would never fire."""
        for name in ("alerts.yaml", "grafana.json"):
            used = set(USED.findall((DEPLOY / name).read_text()))
            self.assertTrue(used)
            self.assertEqual(used - families(), set(), name)

    def test_the_documentation_names_every_number(self):
        """docs/fleet.md lists them all."""
        self.assertEqual(families() - set(USED.findall((TOP / "docs/fleet.md").read_text())), set())

    def test_promtool_takes_the_rules(self):
        """Syntax of the alert rules."""
        if not shutil.which("promtool"):
            self.skipTest("promtool is not installed: sudo make deps NEEDS=extra")
        subprocess.run(["promtool", "check", "rules", DEPLOY / "alerts.yaml"], check=True, capture_output=True)

    def test_alerts_fire_when_errors_rise(self):
        """The rules, played against numbers."""
        if not shutil.which("promtool"):
            self.skipTest("promtool is not installed: sudo make deps NEEDS=extra")
        labels = 'instance="n",netns="b",counter="XfrmInNoStates"'
        series = [
            {"series": f'xfrm_snap_errors_total{{{labels},cause="sa-deleted"}}', "values": "0+1x30"},
            {"series": f"xfrm_snap_kernel_errors_total{{{labels}}}", "values": "0+3x30"},
            {"series": 'xfrm_snap_losses_total{instance="n",netns="b",cause="too-big"}', "values": "0+1x30"},
            {"series": 'xfrm_snap_sites{instance="n",state="found"}', "values": "59x30"},
            {"series": 'xfrm_snap_sites{instance="n",state="attached"}', "values": "59x30"},
        ]

        def fires(name, labels):
            return {"eval_time": "28m", "alertname": name, "exp_alerts": labels}
        summary = "xfrm-snap on n sees fewer errors than the kernel counts"
        tests = {"rule_files": [str(DEPLOY / "alerts.yaml")], "evaluation_interval": "1m", "tests": [
            {"interval": "1m", "input_series": series, "alert_rule_test": [
                fires("IpsecErrorsUnexplained", [{"exp_labels": {"severity": "warning", "instance": "n"},
                                                  "exp_annotations": {"summary": summary}}]),
                fires("IpsecSnapProbesMissing", []),
            ], "promql_expr_test": [{"expr": f'ALERTS{{alertname="{name}",alertstate="firing"}}', "eval_time": "28m",
                                     "exp_samples": [{"labels": f'ALERTS{{alertname="{name}",alertstate="firing",severity="warning",'
                                                                f'{of}}}', "value": 1}]}
                                    for name, of in (("IpsecErrors", f'{labels},cause="sa-deleted"'),
                                                     ("IpsecLosses", 'instance="n",netns="b",cause="too-big"'))]}]}
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "tests.json"
            path.write_text(json.dumps(tests))
            done = subprocess.run(["promtool", "test", "rules", path], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def systemd_analyze(self, *words):
        """What systemd-analyze says of the unit as it is installed, and its exit code."""
        if not shutil.which("systemd-analyze"):
            self.skipTest("systemd-analyze is not installed")
        with tempfile.TemporaryDirectory() as folder:
            program = pathlib.Path(folder) / "sbin/xfrm-snap"
            program.parent.mkdir()
            shutil.copy("/bin/true", program)
            unit = pathlib.Path(folder) / "xfrm-snap.service"
            unit.write_text((DEPLOY / unit.name).read_text().replace("@PREFIX@", folder))
            done = subprocess.run(["systemd-analyze", *words, unit], capture_output=True, text=True, check=False)
        return done.stdout + done.stderr, done.returncode

    def test_systemd_takes_the_unit(self):
        """No directive that it does not know, and none with a value that it does not take."""
        said, code = self.systemd_analyze("verify", "--man=no")
        self.assertEqual((said, code), ("", 0))

    def test_the_unit_is_confined(self):
        """What systemd makes of the sandbox: 0 is nothing allowed, 10 everything; a root's service without any is at 9.6."""
        said, code = self.systemd_analyze("security", "--offline=true", "--no-pager", "--threshold=50")
        if "unrecognized option" in said:
            self.skipTest("systemd-analyze security has no --offline (systemd 250)")
        self.assertEqual(code, 0, said[-200:])

    def test_unit_and_manifest_grant_the_same_capabilities(self):
        """And they are those of the documentation."""
        unit = re.search(r"^CapabilityBoundingSet=(.*)$", (DEPLOY / "xfrm-snap.service").read_text(), re.M)[1].split()
        manifest = re.search(r"add: (\[.*\])", (DEPLOY / "kubernetes/daemonset.yaml").read_text())[1]
        table = re.findall(r"^\| (CAP_\w+) ", (TOP / "docs/fleet.md").read_text(), re.M)
        self.assertEqual(sorted(unit), sorted(f"CAP_{name}" for name in json.loads(manifest)))
        self.assertEqual(sorted(unit), sorted(table))


def missing_for_kustomize():
    """What `kubectl kustomize` and reading what it prints need, and is not there."""
    return " and ".join((not shutil.which("kubectl")) * ["kubectl"] + (not yaml) * ["python3-yaml"])


class Kustomize(unittest.TestCase):
    """What `kubectl apply -k deploy/kubernetes` would send to a cluster."""

    @classmethod
    def setUpClass(cls):
        if lacking := missing_for_kustomize():
            raise unittest.SkipTest(f"{lacking} is not installed")
        done = subprocess.run(["kubectl", "kustomize", DEPLOY / "kubernetes"], capture_output=True, text=True, check=True)
        cls.objects = {one["kind"]: one for one in yaml.safe_load_all(done.stdout)}
        cls.template = cls.objects["DaemonSet"]["spec"]["template"]
        cls.pod = cls.template["spec"]
        cls.container, = cls.pod["containers"]

    def test_what_there_is(self):
        """A namespace that lets privileged pods in, and the DaemonSet within it, whose selector finds its pods."""
        self.assertEqual(sorted(self.objects), ["DaemonSet", "Namespace"])
        namespace, daemons = self.objects["Namespace"]["metadata"], self.objects["DaemonSet"]
        self.assertEqual(namespace["labels"]["pod-security.kubernetes.io/enforce"], "privileged")
        self.assertEqual((daemons["metadata"]["namespace"], daemons["apiVersion"]), (namespace["name"], "apps/v1"))
        labels = self.template["metadata"]["labels"].items()
        self.assertLessEqual(daemons["spec"]["selector"]["matchLabels"].items(), labels)

    def test_it_sees_the_node(self):
        """Its processes, network, netns, bpffs and what a pod before it left; on every node, nothing of the cluster's API."""
        self.assertEqual((self.pod["hostPID"], self.pod["hostNetwork"]), (True, True))
        self.assertEqual(self.pod["tolerations"], [{"operator": "Exists"}])
        self.assertIs(self.pod["automountServiceAccountToken"], False)
        paths = {one["name"]: one["hostPath"]["path"] for one in self.pod["volumes"]}
        mounts = {one["mountPath"]: one for one in self.container["volumeMounts"]}
        self.assertEqual({paths[one["name"]]: path for path, one in mounts.items()},
                         {path: path for path in ("/sys/fs/bpf", "/run/netns", "/run/xfrm-snap")})
        self.assertEqual((mounts["/run/netns"]["readOnly"], mounts["/run/netns"]["mountPropagation"]), (True, "HostToContainer"))

    def test_it_may_do_what_is_documented(self):
        """The capabilities of docs/fleet.md alone, no way to more, and nothing to write to but volumes."""
        context = self.container["securityContext"]
        table = re.findall(r"^\| CAP_(\w+) ", (TOP / "docs/fleet.md").read_text(), re.M)
        self.assertEqual(context["capabilities"]["drop"], ["ALL"])
        self.assertEqual(sorted(context["capabilities"]["add"]), sorted(table))
        self.assertEqual((context["readOnlyRootFilesystem"], context["allowPrivilegeEscalation"]), (True, False))
        self.assertEqual((context.get("privileged", False), context["runAsUser"]), (False, 0))

    def test_it_is_watched_and_limited(self):
        """Probes and scrapes go where the program serves, and each resource that it asks for is bounded in memory."""
        port, = self.container["ports"]
        for name, path in (("livenessProbe", "/healthz"), ("readinessProbe", "/readyz")):
            self.assertEqual(self.container[name]["httpGet"], {"path": path, "port": port["name"]})
            self.assertIn(f'"{path}"', (TOP / "user/cli/metrics_page.cpp").read_text())
        number = str(port["containerPort"])
        notes = {f"prometheus.io/{name}": value for name, value in (("scrape", "true"), ("port", number), ("path", "/metrics"))}
        self.assertEqual(self.template["metadata"]["annotations"], notes)
        self.assertIn(f"$(NODE_ADDRESS):{number}", self.container["args"])
        self.assertIn("NODE_ADDRESS", [one["name"] for one in self.container["env"]])
        self.assertEqual(sorted(self.container["resources"]["requests"]), ["cpu", "memory"])
        self.assertIn("memory", self.container["resources"]["limits"])

    @unittest.skipUnless((TOP / "xfrm-snap").exists(), "there is no ./xfrm-snap: build it with make")
    def test_the_program_takes_the_arguments(self):
        """The first one that it refuses is one that is not in the manifest."""
        words = [TOP / "xfrm-snap", *self.container["args"], "--no-such-option"]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("no option --no-such-option", done.stderr)


if __name__ == "__main__":
    unittest.main()
