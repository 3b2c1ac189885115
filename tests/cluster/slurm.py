"""A Slurm of two nodes with pretend GPUs on this machine, for tests: `python tests/cluster/slurm.py start|stop`.

It installs nothing (`make test-cluster` does), needs root, and never touches a cluster that it did not start: Slurm reads
/etc/slurm, so a configuration there without this file's mark stops it. Keys, sockets, logs and state lie in one folder
that the configuration names, so that `stop` also clears up after a run that crashed.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

DAEMONS = ("munged", "slurmctld", "slurmd", "slurmstepd")
PROGRAMS = (*DAEMONS[:3], "sbatch", "srun", "squeue", "scancel", "sinfo", "scontrol")
SETTINGS = Path("/etc/slurm")  # the Snakemake plugin removes SLURM_CONF, so that no other place is read
FILES = ("slurm.conf", "gres.conf")
MARK = "# fieldbench's test cluster; its state is in "
NODES = ("pretend1", "pretend2")
GPUS = 2  # per node
NVIDIA = 195  # device number of NVIDIA's character devices: Slurm sets CUDA_VISIBLE_DEVICES only for real device files
SECONDS = 30  # within which the cluster must be up

# Processes are followed by their parents and nothing is confined, as there are neither cgroups nor systemd here. Times
# are short, so that a node that died is noticed within seconds; nothing is asked of an accounting database.
SLURM_CONF = """\
ClusterName=fieldbench-test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
AuthInfo=socket={folder}/munge.socket,cred_expire=5
SlurmUser=root
SlurmdUser=root
StateSaveLocation={folder}/state
SlurmctldPidFile={folder}/slurmctld.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdSpoolDir={folder}/%n
SlurmdPidFile={folder}/%n.pid
SlurmdLogFile={folder}/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
JobAcctGatherType=jobacct_gather/linux
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SlurmdParameters=config_overrides
ReturnToService=2
MinJobAge=86400
KillWait=10
SlurmdTimeout=15
SchedulerParameters=sched_interval=2,bf_interval=2
GresTypes=gpu
PartitionName=cpu Nodes=ALL Default=YES
PartitionName=gpu Nodes=ALL
"""
NODE_LINE = (
    "NodeName={node} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} "
    "CPUs=4 RealMemory=16000 Gres=gpu:toy:{gpus}\n"
)
GRES_CONF = "Name=gpu Type=toy Flags=nvidia_gpu_env File={folder}/nvidia[0-{last}]\n"


class Unavailable(Exception):
    """Why a pretend cluster cannot be had on this machine."""


def check() -> None:
    """Refuse where the cluster cannot be started, or where there is one that is not ours.

    Raises:
        Unavailable: with the reason.
    """
    if os.geteuid() != 0:
        raise Unavailable("starting slurmd needs root")
    if missing := [name for name in PROGRAMS if not shutil.which(name)]:
        raise Unavailable(f"not installed: {', '.join(missing)} (`make test-cluster` installs them)")
    for file in (SETTINGS / name for name in FILES):
        if file.exists() and not file.read_text().startswith(MARK):
            raise Unavailable(f"{file} belongs to another cluster")
    if not (SETTINGS / FILES[0]).exists() and _slurm_runs():  # it has its configuration from elsewhere
        raise Unavailable("this machine belongs to another cluster: Slurm's daemons run on it")


class Cluster:
    """The running cluster.

    Attributes:
        folder: where its keys, sockets, logs and state are.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def states(self) -> dict[str, str]:
        """Node -> Slurm's word for its state, such as `idle`; empty while the controller does not answer."""
        listing = subprocess.run(
            ["sinfo", "--noheader", "--Node", "--partition=cpu", "--format=%N %T"],
            capture_output=True,
            text=True,
            check=False,
        )
        return dict(line.split() for line in listing.stdout.splitlines())

    def start_node(self, node: str) -> None:
        """Start the slurmd of `node`."""
        _run("slurmd", "-c", "-N", node)

    def kill_node(self, node: str) -> None:
        """Let `node` die as from a power cut: slurmd, job steps and all their processes at once, without a word."""
        daemons = self.daemons(node)
        _kill({*daemons, *_below(daemons), *_jobs_of(node)})

    def daemons(self, name: str) -> list[psutil.Process]:
        """The processes that write the log `name`: a node's slurmd with its job steps, `slurmctld` or `munged`."""
        log = str(self.folder / f"{name}.log")
        return [process for process in psutil.process_iter() if log in _open_files(process)]

    def wait_for(self, wanted: Callable[[], bool], seconds: float, what: str) -> None:
        """Wait until `wanted()`.

        Raises:
            TimeoutError: not within `seconds`.
        """
        deadline = time.monotonic() + seconds
        while not wanted():
            if time.monotonic() > deadline:
                raise TimeoutError(f"not within {seconds} s: {what}; logs are in {self.folder}")
            time.sleep(0.2)


def start() -> Cluster:
    """Start the cluster and wait until both nodes are idle; one that an earlier run left is stopped first.

    Raises:
        Unavailable: see `check`.
        TimeoutError: the nodes do not come up.
    """
    stop()
    folder = Path(tempfile.mkdtemp(prefix="fieldbench-slurm-"))
    folder.chmod(0o755)  # munge asks for a folder that every user may enter
    _write_settings(folder)  # first: their mark is what `stop` goes by
    _make_devices(folder)
    _start_munge(folder)
    (folder / "state").mkdir()
    _run("slurmctld", "-c")
    cluster = Cluster(folder)
    for node in NODES:
        (folder / node).mkdir()
        cluster.start_node(node)
    cluster.wait_for(lambda: cluster.states() == dict.fromkeys(NODES, "idle"), SECONDS, "both nodes are idle")
    return cluster


def stop() -> None:
    """Stop what `start` started, in this or an earlier process, and remove what it wrote.

    Raises:
        Unavailable: see `check`.
    """
    check()
    configuration = SETTINGS / "slurm.conf"
    if not configuration.exists():
        return
    folder = Path(configuration.read_text().splitlines()[0].removeprefix(MARK))
    cluster = Cluster(folder)
    _kill(set(cluster.daemons("slurmctld")))
    for node in NODES:
        cluster.kill_node(node)
    _kill(set(cluster.daemons("munged")))
    for file in FILES:
        (SETTINGS / file).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def cluster() -> Iterator[Cluster]:
    """The cluster for the length of a `with` block.

    Raises:
        Unavailable: see `check`.
    """
    check()
    try:
        yield start()
    finally:
        stop()


def _slurm_runs() -> bool:
    """Whether a daemon of Slurm runs, zombies left aside."""
    return any(
        process.info["name"] in ("slurmctld", "slurmd") and process.info["status"] != psutil.STATUS_ZOMBIE
        for process in psutil.process_iter(["name", "status"])
    )


def _make_devices(folder: Path) -> None:
    try:
        for number in range(GPUS):
            os.mknod(folder / f"nvidia{number}", 0o020600, os.makedev(NVIDIA, number))
    except PermissionError as error:
        raise Unavailable("no permission to make device files (a container without CAP_MKNOD)") from error


def _write_settings(folder: Path) -> None:
    host = socket.gethostname().split(".")[0]
    controller, *ports = _free_ports(1 + len(NODES))
    nodes = [
        NODE_LINE.format(node=node, host=host, port=port, gpus=GPUS)
        for node, port in zip(NODES, ports, strict=True)
    ]
    general = SLURM_CONF.format(host=host, folder=folder, controller=controller)
    SETTINGS.mkdir(exist_ok=True)
    (SETTINGS / "slurm.conf").write_text(f"{MARK}{folder}\n" + "".join(nodes) + general)
    (SETTINGS / "gres.conf").write_text(f"{MARK}{folder}\n" + GRES_CONF.format(folder=folder, last=GPUS - 1))


def _start_munge(folder: Path) -> None:
    """A munged of our own, beside the one that the machine may have."""
    key = folder / "munge.key"
    key.write_bytes(os.urandom(128))
    key.chmod(0o600)
    files = [f"--{name}-file={folder}/munged.{name}" for name in ("log", "pid", "seed")]
    _run("munged", f"--key-file={key}", f"--socket={folder}/munge.socket", *files)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [entry.getsockname()[1] for entry in sockets]
    for entry in sockets:
        entry.close()
    return ports


def _open_files(process: psutil.Process) -> list[str]:
    try:
        return [file.path for file in process.open_files()] if process.name() in DAEMONS else []
    except psutil.Error:
        return []


def _below(processes: list[psutil.Process]) -> set[psutil.Process]:
    found = set()
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            found.update(process.children(recursive=True))
    return found


def _jobs_of(node: str) -> set[psutil.Process]:
    """The processes that Slurm started on `node`, also those whose parents are gone."""
    found = set()
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get("SLURMD_NODENAME") == node:
                found.add(process)
    return found


def _kill(processes: set[psutil.Process]) -> None:
    for number in (signal.SIGSTOP, signal.SIGKILL):  # first stopped, so that none reports another's death
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)


def _run(*command: str) -> None:
    subprocess.run(command, check=True)


if __name__ == "__main__":
    try:
        if sys.argv[1:] == ["start"]:
            print(f"started; state and logs are in {start().folder}")
        elif sys.argv[1:] == ["stop"]:
            stop()
        else:
            sys.exit(__doc__)
    except Unavailable as reason:
        sys.exit(f"error: {reason}")
