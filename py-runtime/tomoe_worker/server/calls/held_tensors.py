"""The tensors of one worker: regions of files below agreed roots, and what was uploaded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tomoe_worker.server.tensors.arrow import TensorColumn, decode_tensors
from tomoe_worker.server.tensors.regions import FileRegion, RegionMap
from tomoe_worker.server.tensors.uploads import UploadStore
from tomoe_worker.server.wire.specs import to_spec

_MAX_MAPPED_FILES: Final = 256
_MAX_MAPPED_BYTES: Final = 64 << 30
_MAX_UPLOADS: Final = 1024
_MAX_UPLOAD_BYTES: Final = 2 << 30


class HeldTensors:
    """Opens what a TensorRef names; no root is open before ``open_roots``."""

    def __init__(self) -> None:
        self.uploads = UploadStore(max_uploads=_MAX_UPLOADS, max_bytes=_MAX_UPLOAD_BYTES)
        self._regions = _regions({})

    def open_roots(self, roots: Mapping[str, str]) -> None:
        """Let go of the files of earlier roots; from now on regions lie below these."""
        self._regions.close()
        self._regions = _regions(roots)

    def open(self, reference: Any) -> tuple[TensorColumn, ...]:
        """Decode the tensor a TensorRef names.

        Raises:
            TomoeError: as ``RegionMap.open``, ``UploadStore.get`` and ``decode_tensors``.
        """
        if reference.WhichOneof("location") == "uploaded":
            return decode_tensors(self.uploads.get(reference.uploaded.upload_id))
        return decode_tensors(self._regions.open(to_spec(reference.region, FileRegion)))

    def columns(self, reference: Any) -> Mapping[str, Any]:
        """The tensors of a TensorRef by column name."""
        return {column.name: column.tensor for column in self.open(reference)}

    def drop(self, reference: Any) -> bool:
        """Free an upload or unmap a region; False when there is none."""
        if reference.WhichOneof("location") == "uploaded":
            return self.uploads.drop(reference.uploaded.upload_id)
        return self._regions.drop(to_spec(reference.region, FileRegion))

    def close(self) -> None:
        """Unmap every file."""
        self._regions.close()


def _regions(roots: Mapping[str, str]) -> RegionMap:
    return RegionMap(dict(roots), max_files=_MAX_MAPPED_FILES, max_bytes=_MAX_MAPPED_BYTES)
