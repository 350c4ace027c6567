"""The messages between hosts, compiled now from their schema."""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from rig.paths import REPOSITORY

PROTOS = REPOSITORY / "proto" / "src" / "main" / "proto"
FILES = ("moonpool/v1/control.proto", "moonpool/v1/pool.proto")
Messages = dict[str, Any]


def messages() -> Messages:
    """The classes of all messages by name."""
    with tempfile.TemporaryDirectory(prefix="moonpool-messages-") as folder:
        out = Path(folder) / "set"
        command = [sys.executable, "-m", "grpc_tools.protoc", f"-I{PROTOS}", "--include_imports"]
        subprocess.run([*command, f"--descriptor_set_out={out}", *FILES], check=True)
        files = descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes())
    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.Add(file)
    found = message_factory.GetMessageClassesForFiles(FILES, pool)
    return {name.rsplit(".", 1)[1]: kind for name, kind in found.items()}
