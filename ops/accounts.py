"""Running PostgreSQL when we are root: as `nobody`, from files that `nobody` can reach."""

import os
import pwd
import shutil
import stat
from pathlib import Path

from ops.paths import CHECKOUT_KEY
from ops.processes import Account

# A checkout below a private home (mode 700) is closed to `nobody`; then copy and data live here.
MACHINE_HOME = Path("/var/lib/mall") / f"pg-{CHECKOUT_KEY}"


def unprivileged() -> Account | None:
    """The account for servers that refuse root; None when we are an ordinary user already."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def can_pass(folder: Path) -> bool:
    """Whether every user may enter `folder` and the folders above it."""
    folder = folder.resolve()
    return all(place.stat().st_mode & stat.S_IXOTH for place in (folder, *folder.parents))


def can_run(program: Path) -> bool:
    """Whether every user may reach and run `program`."""
    mode = program.stat().st_mode
    return can_pass(program.parent) and mode & 0o005 == 0o005


def give(path: Path, account: Account | None) -> None:
    """Make a folder and hand it to `account`, closed to everyone else."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)
    if account:
        os.chown(path, account.uid, account.gid)


def open_up(folder: Path) -> None:
    """Make a folder of ours below /var/lib/mall that everyone may enter, whatever the umask."""
    folder.mkdir(parents=True, exist_ok=True)
    for place in (folder, *folder.parents):
        if place.is_relative_to(MACHINE_HOME.parent):
            place.chmod(0o755)


def copy_package(package: Path, *, stamp: str) -> Path:
    """Copy an installed binary package and its sibling `<name>.libs` (found by $ORIGIN) to MACHINE_HOME.

    A finished copy with the same stamp is used again. Returns the copy of `package`.
    """
    home = MACHINE_HOME / "engine"
    marker = home / "STAMP"
    if not (marker.exists() and marker.read_text() == stamp):
        shutil.rmtree(home, ignore_errors=True)
        for source in (package, package.parent / f"{package.name}.libs"):
            if source.exists():
                shutil.copytree(source, home / source.name, symlinks=True)
        open_up(home)
        for path in home.rglob("*"):
            if not path.is_symlink():
                runnable = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
                path.chmod(0o755 if runnable else 0o644)
        marker.write_text(stamp)
    return home / package.name
