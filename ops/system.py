"""What the operating system provides: Chromium, a Chinese font, and Debian's packages when we are root."""

import os
import shutil
import subprocess
from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "/System/Library/Fonts", "/Library/Fonts")
FONT_NAMES = (
    "cjk",
    "wqy",
    "sourcehan",
    "pingfang",
    "hiragino sans gb",
    "stheiti",
    "songti",
    "simhei",
    "uming",
)
FONT_FIX = "apt-get install fonts-noto-cjk（Fedora：dnf install google-noto-sans-cjk-fonts）"


def apt_install(*packages: str) -> bool:
    """Install Debian packages when we may; False when we are not root, there is no apt, or it failed."""
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        return False
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = [apt, "install", "-y", "-q", "--no-install-recommends", *packages]
    for command in (install, [apt, "update", "-q"], install):  # a new machine has no package lists yet
        done = subprocess.run(command, env=environment, capture_output=True, stdin=subprocess.DEVNULL, check=False)
        if command is install and done.returncode == 0:
            return True
    return False


def find_browser() -> str | None:
    """Path of a Chromium for the browser tests; $CHROMIUM wins."""
    if given := os.environ.get("CHROMIUM"):
        return given
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


def has_cjk_font() -> bool:
    """Whether a font file with Chinese glyphs is installed, judged by its name."""
    home = Path.home()
    folders = (*FONT_FOLDERS, home / ".fonts", home / ".local/share/fonts", home / "Library/Fonts")
    for folder in folders:
        for _, _, files in os.walk(folder):
            if any(key in name.lower() for name in files for key in FONT_NAMES):
                return True
    return False
