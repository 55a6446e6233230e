# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Downloads packages of any Debian suite through a private apt root, so the machine's own sources stay as they are."""

import os
import pathlib
import re
import subprocess

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
DEBIAN_NAMES = {"bullseye", "bookworm", "trixie", "forky", "duke", "sid",
                "oldoldstable", "oldstable", "stable", "testing", "unstable"}

CONFIG = """\
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear APT::Default-Release;
APT::Architecture "{architecture}";
APT::Architectures {{ "{architecture}"; }};
#clear APT::Sandbox::User;
APT::Sandbox::User "";
APT::Install-Recommends "false";
Acquire::Retries "3";
Acquire::Languages "none";
Dir::State "{root}/state";
Dir::State::status "{root}/state/status";
Dir::State::extended_states "{root}/state/extended_states";
Dir::State::lists "{root}/state/lists";
Dir::Cache "{root}/cache";
Dir::Cache::archives "{root}/cache/archives";
Dir::Log "{root}/log";
Dir::Etc::sourcelist "{root}/sources.list";
Dir::Etc::sourceparts "{root}/none";
Dir::Etc::preferences "{root}/none/preferences";
Dir::Etc::preferencesparts "{root}/none";
"""


class AptError(Exception):
    """apt could not do what was asked; the text says what and the remedy."""


def release_rank(release):
    """How well an apt source with this release serves: 0 best, None if it is no Debian release or holds only updates to one."""
    name, _, kind = release.partition("-")
    if name not in DEBIAN_NAMES or kind not in ("", "updates", "backports"):
        return None
    return 0 if release == "bookworm" else 1


def debian_mirror():
    """The Debian mirror that apt on this machine uses: the one with bookworm/main, else the first with any Debian release."""
    chosen = os.environ.get("XFRM_SNAP_DEBIAN_MIRROR")
    if chosen:
        return chosen.rstrip("/")
    lines = subprocess.run(["apt-get", "indextargets", "--format", "$(SITE)|$(RELEASE)|$(COMPONENT)|$(ORIGIN)"],
                           capture_output=True, text=True, check=True).stdout.splitlines()
    sites = []
    for site, release, component, origin in (line.split("|") for line in lines if line.count("|") == 3):
        known = origin != "$(ORIGIN)"  # apt leaves it as it is while it has no package lists
        rank = release_rank(release)
        if component == "main" and rank is not None and (origin == "Debian" or not known):
            sites.append((not known, rank, len(sites), site.rstrip("/")))
    if sites:
        return min(sites)[-1]
    raise AptError("apt on this machine has no Debian mirror: set XFRM_SNAP_DEBIAN_MIRROR "
                   "to the URL of one, the folder that holds dists/ and pool/")


class Suite:
    """One Debian suite for one processor, seen through an apt root of its own in a folder."""

    def __init__(self, root, mirror, suite, architecture="amd64"):
        self.root, self.suite = pathlib.Path(root), suite
        self.config = self.root / "apt.conf"
        if not os.path.exists(KEYRING):
            raise AptError(f"{KEYRING} is missing: install the package debian-archive-keyring")
        for folder in ("state/lists/partial", "cache/archives/partial", "none", "log"):
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        (self.root / "state/status").touch()
        self.config.write_text(CONFIG.format(root=self.root, architecture=architecture))
        line = f"deb [arch={architecture} signed-by={KEYRING}] {mirror} {suite} main\n"
        (self.root / "sources.list").write_text(line)

    def run(self, tool, *args, cwd=None):
        """What an apt tool prints when it runs inside the private root."""
        command = [tool, "-c", str(self.config), "-q", *args]
        result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd,
                                env={**os.environ, "LC_ALL": "C"})
        if result.returncode:
            raise AptError(self.explain(" ".join([tool, *args]), result.stderr or result.stdout))
        return result.stdout

    def explain(self, what, errors):
        """The error text, with the remedy if the keyring has no key for the suite."""
        text = f"{what} failed for suite {self.suite}:\n{errors.strip()}"
        if "NO_PUBKEY" in errors or "not signed" in errors:
            text += f"\n{KEYRING} lacks this suite's key: upgrade the package debian-archive-keyring"
        return text

    def update(self):
        """Reads the suite's package lists; a list that cannot be had is an error."""
        self.run("apt-get", "update", "-o", "APT::Update::Error-Mode=any")

    def depends(self, package):
        """The names of the packages that package depends on."""
        text = self.run("apt-cache", "depends", "--no-recommends", "--no-suggests", "--no-conflicts",
                        "--no-breaks", "--no-replaces", "--no-enhances", package)
        return re.findall(r"Depends: ([a-z0-9][a-z0-9.+~-]*)", text)

    def download(self, packages, folder):
        """Downloads packages (verified by apt) into folder and gives their files."""
        self.run("apt-get", "download", *packages, cwd=folder)
        return sorted(pathlib.Path(folder).glob("*.deb"))

    def download_with_needs(self, packages):
        """Downloads packages, and all that they depend on, and gives their files."""
        self.run("apt-get", "-y", "-o", "Debug::NoLocking=true", "--download-only", "install", *packages)
        return sorted((self.root / "cache/archives").glob("*.deb"))
