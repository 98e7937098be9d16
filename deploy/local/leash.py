"""Runs a program that must not outlive its parent, and not as root.

``python -I -S leash.py <parent pid> <signal> <account or -> <program> <arguments…>`` asks the
kernel to send the signal when the parent is gone (also after ``kill -9``), becomes the account when
started as root, and turns into the program. It is a file of its own, with the standard library
alone, because only the child may do this and a ``preexec_fn`` in a process with threads can hang.

Linux only: elsewhere the program simply starts, and a killed parent leaves it running.
"""

import ctypes
import os
import pwd
import sys

PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAP_DAC_OVERRIDE = 1
CAPABILITY_VERSION_3 = 0x20080522
LINUX = sys.platform == "linux"


def become(account: str) -> None:
    """Drop root for an account that can still reach files below a private home directory.

    PostgreSQL refuses to run as root. The capability keeps the repository reachable when it lies
    below /root, without opening that directory to everyone.
    """
    entry = pwd.getpwnam(account)
    libc = ctypes.CDLL(None)
    if LINUX:
        libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)
    if LINUX:
        keep_reach(libc)


def keep_reach(libc: ctypes.CDLL) -> None:
    """Carry CAP_DAC_OVERRIDE over the coming exec; without it only open paths can be reached."""
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    bit = 1 << CAP_DAC_OVERRIDE
    libc.capset(header, (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0))
    libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0)


def die_with(parent: int, signal: int) -> None:
    """Ask for the signal at the parent's death; set last, because changing accounts clears it."""
    if LINUX:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("the parent is gone already")


def main() -> None:
    """Become the program."""
    _, parent, signal, account, program, *arguments = sys.argv
    if account != "-":
        become(account)
    die_with(int(parent), int(signal))
    os.execv(program, [program, *arguments])  # noqa: S606 - the program is the caller's choice


if __name__ == "__main__":
    main()
