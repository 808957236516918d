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


def open_to_others(path: Path) -> bool:
    """Whether every user may reach and read `path`."""
    path = path.resolve()
    folders = path.parents if path.exists() else [p for p in path.parents if p.exists()]
    enterable = all(folder.stat().st_mode & stat.S_IXOTH for folder in folders)
    return enterable and (not path.exists() or bool(path.stat().st_mode & stat.S_IROTH))


def give(path: Path, account: Account | None) -> None:
    """Make a folder and hand it to `account`, closed to everyone else."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)
    if account:
        os.chown(path, account.uid, account.gid)


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
        for folder in (home.parent.parent, home.parent, home, *home.rglob("*")):
            if not folder.is_symlink():
                mode = folder.stat().st_mode
                folder.chmod(mode | 0o444 | (0o111 if folder.is_dir() or mode & stat.S_IXUSR else 0))
        marker.write_text(stamp)
    return home / package.name
