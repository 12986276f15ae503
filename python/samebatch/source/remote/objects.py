"""Objects by their URLs, tried again when they fail."""

from __future__ import annotations

import importlib
import inspect
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from samebatch.errors import FetchError, SpecError
from samebatch.source.remote.tries import tried

if TYPE_CHECKING:
    from collections.abc import Callable

    from samebatch.source.remote.options import Access

T = TypeVar("T")


class Objects:
    """The objects of file systems that fsspec opens. Safe to use from any thread, and after a fork.

    Args:
        access: what it is opened with, and how it is used.
    """

    def __init__(self, access: Access) -> None:
        self._access = access

    def read(self, url: str, begin: int | None = None, end: int | None = None) -> bytes:
        """Return an object's bytes, or those from ``begin`` to ``end``.

        Raises:
            DecodeError: there is no such object; it has the reason only.
            FetchError: it could not be fetched; it has the last reason only.
            SpecError: the storage options are not those of its file system.
        """

        def once() -> bytes:
            system, path = self.system(url)
            data = bytes(system.cat_file(path, start=begin, end=end, **self._timed(system)))
            if begin is not None and end is not None and len(data) != end - begin:
                if len(data) > end - begin:
                    raise FetchError(
                        f"{len(data)} bytes came, and {end - begin} of them were asked for: its server does not give "
                        "ranges of an object; use one that does, or download the object"
                    )
                raise OSError(f"{len(data)} bytes came instead of {end - begin}")
            return data

        return self._tried(once, url)

    def info(self, url: str) -> dict[str, Any]:
        """Return what the file system knows of an object now; raises as :meth:`read`."""

        def once() -> dict[str, Any]:
            system, path = self.system(url)
            found: dict[str, Any] = system.info(path, **_anew(system.info), **self._timed(system))
            return found

        return self._tried(once, url)

    def listed(self, url: str, path: str) -> list[dict[str, Any]]:
        """Return what the file system knows now of the objects and folders in a folder; raises as :meth:`read`.

        Args:
            url: a URL of the same file system.
            path: the folder's path in it.
        """

        def once() -> list[dict[str, Any]]:
            system, _ = self.system(url)
            return list(system.ls(path, detail=True, **_anew(system.ls), **self._timed(system)))

        return self._tried(once, url)

    def found(self, url: str, path: str) -> list[str]:
        """Return the paths of all objects below a folder, of a file system that gives them at once; raises likewise.

        For millions of objects that takes minutes, of many requests that have limits of their own. So the timeout is
        for a question that is asked first: whether the server answers at all.
        """

        def once() -> list[str]:
            system, _ = self.system(url)
            timed = self._timed(system)
            if timed:
                try:
                    system.info(path, **_anew(system.info), **timed)
                except importlib.import_module("fsspec.exceptions").FSTimeoutError:
                    raise
                except Exception:  # noqa: BLE001, S110 (it has answered; whether it lists the folder is seen below)
                    pass
            return list(system.find(path))

        return self._tried(once, url)

    def check(self, url: str) -> None:
        """Check that there are file systems for a URL; no server is asked.

        Raises:
            ImportError: fsspec, or what it needs for the protocol, is not installed.
            SpecError: there is no such protocol.
        """
        core = _fsspec()
        for part in url.split("::"):
            protocol, mark, _ = part.partition("://")
            if not mark and not (part.isalpha() and part.islower()):
                continue  # a path, as the last one of a chain may be
            try:
                core.get_filesystem_class(protocol)
            except ImportError as error:
                _lacking(url, error)
            except ValueError as error:
                small = protocol.lower()
                fix = f"; write it in small letters: {small + mark!r}" if small != protocol else ""
                raise SpecError(f"{url!r}: {error}{fix}") from error

    def system(self, url: str) -> tuple[Any, str]:
        """Return fsspec's file system for a URL, and the path in it.

        It is asked anew each time: fsspec keeps file systems, and knows which may be used in which process and thread.

        Raises:
            ImportError: fsspec, or what it needs for the protocol, is not installed.
            SpecError: there is no such protocol, or the storage options are not those of its file system.
        """
        try:
            found: tuple[Any, str] = _fsspec().url_to_fs(url, **self._access.storage)
        except ImportError as error:
            _lacking(url, error)
        except TypeError as error:
            self._refused(url, error)
        except ValueError as error:
            self.check(url)  # it may say more
            raise SpecError(f"{url!r}: {error}") from error
        return found

    def _timed(self, system: Any) -> dict[str, float]:  # noqa: ANN401 (fsspec has no types)
        timeout = self._access.remote.timeout
        return {"timeout": timeout} if timeout is not None and getattr(system, "async_impl", False) else {}

    def _tried(self, call: Callable[[], T], url: str) -> T:
        try:
            return tried(call, self._access.remote, url)
        except FetchError as error:
            # Some file systems look at what they were opened with when they are used first.
            if isinstance(error.__cause__, TypeError) and self._access.storage:
                self._refused(url, error.__cause__)
            raise

    def _refused(self, url: str, error: TypeError) -> NoReturn:
        names = ", ".join(map(repr, self._access.storage)) or "none"
        raise SpecError(
            f"storage_options: the file system of {url.partition('://')[0]!r} cannot be used with these ({names}): "
            f"{error}; see its documentation for their names"
        ) from error


def _anew(method: Any) -> dict[str, bool]:  # noqa: ANN401 (fsspec has no types)
    """Return what tells a file system that keeps what it was once told to ask its server."""
    return {"refresh": True} if "refresh" in inspect.signature(method).parameters else {}


def _lacking(url: str, error: ImportError) -> NoReturn:
    raise ImportError(
        f"{url!r}: {error}; install what fsspec needs for it: s3fs for s3, gcsfs for gs, aiohttp for https"
    ) from error


def _fsspec() -> Any:  # noqa: ANN401 (a module without types)
    try:
        return importlib.import_module("fsspec.core")
    except ImportError as error:
        raise ImportError('URLs need fsspec: pip install "samebatch[remote]", and what the protocol needs') from error
